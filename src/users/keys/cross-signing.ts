// Cross-signing keys. https://spec.matrix.org/v1.19/client-server-api/#cross-signing
import { forbidden, invalidParam, MatrixError, missingParam } from '../../spec/errors.ts';
import { isObject, member, type JsonObject } from '../../spec/json.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type { CrossSigningUpload } from '../../ports/contracts/users-keys.ts';
import { isSignedBy, sameButForSignatures } from './signed-object.ts';
import type { PublicKeyStore } from './store/public-keys.ts';

export type Usage = 'master' | 'self_signing' | 'user_signing';
export interface CrossSigningKey {
  readonly publicKey: string;
  readonly key: JsonObject;
}

export class CrossSigning {
  readonly #store: PublicKeyStore;
  /** Device ids of a user: a public key must not look like one of them. */
  readonly #deviceIds: (userId: string) => readonly string[];

  constructor(store: PublicKeyStore, deviceIds: (userId: string) => readonly string[]) {
    this.#store = store;
    this.#deviceIds = deviceIds;
  }

  get(userId: string, usage: Usage): CrossSigningKey | undefined {
    const row = this.#store.crossSigning(userId).find((row) => row.usage === usage);
    return row && { publicKey: row.public_key, key: JSON.parse(row.key) as JsonObject };
  }

  /** Whether a user has a cross-signing public key equal to `deviceId`. */
  hasPublicKey(userId: string, deviceId: string): boolean {
    return this.#store.crossSigning(userId).some((row) => row.public_key === deviceId);
  }

  /** A first upload needs no further authentication, nor does one that changes nothing. */
  needsAuth(by: Requester, upload: CrossSigningUpload): boolean {
    if (this.get(by.userId, 'master') === undefined) return false;
    return parts(upload).some(([usage, key]) => {
      const stored = this.get(by.userId, usage);
      return stored === undefined || !sameButForSignatures(stored.key, key);
    });
  }

  /** Stores the keys after checking them. Answers whether anything changed that others see, and whether anything did. */
  put(by: Requester, upload: CrossSigningUpload): { readonly changed: boolean } {
    const master = upload.masterKey ? checked(by, 'master', upload.masterKey) : this.get(by.userId, 'master');
    if (!master) throw missingParam('A master key is needed first');
    const replaced = upload.masterKey !== undefined && this.get(by.userId, 'master')?.publicKey !== master.publicKey;
    const keys = parts(upload).map(([usage, key]) => [usage, checked(by, usage, key)] as const);
    for (const [usage, { publicKey, key }] of keys) {
      if (this.#deviceIds(by.userId).includes(publicKey))
        throw forbidden('A cross-signing key must not equal a device id');
      if (usage !== 'master' && !isSignedBy(key, by.userId, `ed25519:${master.publicKey}`, master.publicKey)) {
        throw new MatrixError(400, 'M_INVALID_SIGNATURE', `The ${usage} key is not signed by the master key`);
      }
    }
    let changed = false;
    for (const [usage, { publicKey, key }] of keys) changed = this.#keep(by.userId, usage, publicKey, key) || changed;
    // Keys that the old master key vouched for mean nothing under a new one.
    if (replaced) {
      const given = new Set(keys.map(([usage]) => usage));
      for (const usage of ['self_signing', 'user_signing'] as const)
        if (!given.has(usage)) this.#store.removeCrossSigning(by.userId, usage);
    }
    return { changed };
  }

  #keep(userId: string, usage: Usage, publicKey: string, key: JsonObject): boolean {
    const before = this.get(userId, usage);
    if (before && before.publicKey === publicKey && JSON.stringify(before.key) === JSON.stringify(key)) return false;
    if (before && before.publicKey !== publicKey) this.#store.removeSignatures(userId, before.publicKey);
    this.#store.putCrossSigning(userId, usage, publicKey, JSON.stringify(key));
    return true;
  }
}

function parts(upload: CrossSigningUpload): readonly (readonly [Usage, JsonObject])[] {
  const { masterKey, selfSigningKey, userSigningKey } = upload;
  const all = [
    ['master', masterKey],
    ['self_signing', selfSigningKey],
    ['user_signing', userSigningKey],
  ] as const;
  return all.flatMap(([usage, key]) => (key === undefined ? [] : [[usage, key] as const]));
}

/** A key object that is the user's own, says what it is for, and holds exactly one key named for itself. */
function checked(by: Requester, usage: Usage, key: JsonObject): CrossSigningKey {
  if (member(key, 'user_id') !== by.userId) throw invalidParam(`The ${usage} key is not the user's own`);
  const usages = member(key, 'usage');
  if (!Array.isArray(usages) || !usages.includes(usage))
    throw invalidParam(`The ${usage} key must list "${usage}" as its usage`);
  const keys = member(key, 'keys');
  const entries = isObject(keys) ? Object.entries(keys) : [];
  const [name, publicKey] = entries[0] ?? [];
  if (entries.length !== 1 || typeof publicKey !== 'string' || name !== `ed25519:${publicKey}`) {
    throw invalidParam(`The ${usage} key must hold one Ed25519 key, named for itself`);
  }
  return { publicKey, key };
}
