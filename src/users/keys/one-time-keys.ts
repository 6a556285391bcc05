// One-time keys: each is given out once, ever, in the order of upload; then the fallback key, which is not used up.
// https://spec.matrix.org/v1.19/client-server-api/#one-time-and-fallback-keys
import { invalidParam } from '../../spec/errors.ts';
import { isObject, member, type Json, type JsonObject } from '../../spec/json.ts';
import type { ClaimedKey } from '../../ports/contracts/users-keys.ts';
import type { OneTimeKeyStore } from './store/one-time-keys.ts';

/** More than any client holds; a bound on what one upload may store. */
const KEYS_AT_ONCE = 1000;
const KEY_BYTES = 4096;
/** Algorithms for which a device may have a fallback key. */
const FALLBACK_ALGORITHMS = 16;

export interface UploadedKey {
  readonly algorithm: string;
  readonly keyId: string;
  readonly text: string;
}

export class OneTimeKeys {
  readonly #store: OneTimeKeyStore;

  constructor(store: OneTimeKeyStore) {
    this.#store = store;
  }

  /** Adds keys. One that is there already, claimed or not, is left as it is; with other content it is refused. */
  upload(userId: string, deviceId: string, keys: readonly UploadedKey[]): void {
    let number = this.#store.lastNumber(userId, deviceId);
    for (const { algorithm, keyId, text } of keys) {
      const known = this.#store.text(userId, deviceId, algorithm, keyId);
      if (known === undefined) this.#store.insert(userId, deviceId, algorithm, keyId, ++number, text);
      else if (known !== '' && known !== text)
        throw invalidParam(`One-time key ${algorithm}:${keyId} already exists with another value`);
    }
    const total = this.counts(userId, deviceId).reduce((sum, [, count]) => sum + count, 0);
    if (total > KEYS_AT_ONCE) throw invalidParam(`A device holds at most ${KEYS_AT_ONCE} one-time keys`);
    this.#store.forgetOldClaims(userId, deviceId);
  }

  /** A repeated upload of the fallback key that is there does not make it unused again. */
  uploadFallback(userId: string, deviceId: string, keys: readonly UploadedKey[]): void {
    for (const { algorithm, keyId, text } of keys) {
      const known = this.#store.fallback(userId, deviceId, algorithm);
      if (known?.key_id !== keyId || known.key !== text)
        this.#store.putFallback(userId, deviceId, algorithm, keyId, text);
    }
    if (keys.length > 0 && this.#store.fallbackAlgorithms(userId, deviceId) > FALLBACK_ALGORITHMS)
      throw invalidParam(`A device has fallback keys for at most ${FALLBACK_ALGORITHMS} algorithms`);
  }

  claim(userId: string, deviceId: string, algorithm: string): ClaimedKey | undefined {
    const taken = this.#store.take(userId, deviceId, algorithm);
    const row = taken ?? this.#store.fallback(userId, deviceId, algorithm);
    if (!row) return undefined;
    if (!taken) this.#store.markFallbackUsed(userId, deviceId, algorithm);
    return { userId, deviceId, keyId: `${algorithm}:${row.key_id}`, key: JSON.parse(row.key) as JsonObject | string };
  }

  counts(userId: string, deviceId: string): readonly (readonly [algorithm: string, count: number])[] {
    return this.#store.counts(userId, deviceId).map((row) => [row.algorithm, row.count] as const);
  }

  unusedFallbacks(userId: string, deviceId: string): readonly string[] {
    return this.#store.unusedFallbacks(userId, deviceId);
  }
}

/** Reads `{ "algorithm:id": key }`, a key being text or an object with a `key`. */
export function readKeys(keys: JsonObject): readonly UploadedKey[] {
  const entries = Object.entries(keys);
  if (entries.length > KEYS_AT_ONCE) throw invalidParam(`At most ${KEYS_AT_ONCE} keys can be uploaded at once`);
  return entries.map(([name, key]) => {
    const [algorithm = '', keyId = '', ...rest] = name.split(':');
    if (algorithm === '' || keyId === '' || rest.length > 0)
      throw invalidParam(`"${name.slice(0, 100)}" is not of the form algorithm:id`);
    if (!isKey(key)) throw invalidParam(`The key ${name.slice(0, 100)} must be text or an object with a key`);
    const text = JSON.stringify(key);
    if (text.length > KEY_BYTES || name.length > 255) throw invalidParam(`The key ${name.slice(0, 100)} is too large`);
    return { algorithm, keyId, text };
  });
}

function isKey(key: Json | undefined): boolean {
  return (typeof key === 'string' && key !== '') || (isObject(key) && typeof member(key, 'key') === 'string');
}
