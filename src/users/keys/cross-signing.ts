// Cross-signing keys. https://spec.matrix.org/v1.19/client-server-api/#cross-signing
import { decodeBase64 } from '../../spec/base64.ts';
import { forbidden, invalidParam, MatrixError, missingParam, tooLarge } from '../../spec/errors.ts';
import { isObject, member, type JsonObject } from '../../spec/json.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type { CrossSigningUpload } from '../../ports/contracts/users-keys.ts';
import { isSignedBy, sameButForSignatures, signaturesOf, SIGNED_OBJECT_LENGTH } from './signed-object.ts';
import type { PublicKeyStore } from './store/public-keys.ts';

const PUBLIC_KEY_BYTES = 32;

export type Usage = 'master' | 'self_signing' | 'user_signing';
export interface CrossSigningKey {
  readonly publicKey: string;
  readonly key: JsonObject;
}

/** A user's devices: a public key must not look like one of them, and they may sign the master key. */
export interface DevicesOfUsers {
  idsOf(userId: string): readonly string[];
  identityKeyOf(userId: string, deviceId: string): string | undefined;
}

export class CrossSigning {
  readonly #store: PublicKeyStore;
  readonly #devices: DevicesOfUsers;

  constructor(store: PublicKeyStore, devices: DevicesOfUsers) {
    this.#store = store;
    this.#devices = devices;
  }

  get(userId: string, usage: Usage): CrossSigningKey | undefined {
    const row = this.#store.crossSigning(userId).find((row) => row.usage === usage);
    return row && { publicKey: row.public_key, key: JSON.parse(row.key) as JsonObject };
  }

  /** Whether a user has a cross-signing public key equal to `deviceId`. */
  hasPublicKey(userId: string, deviceId: string): boolean {
    return this.#store.crossSigning(userId).some((row) => row.public_key === deviceId);
  }

  /**
   * Stores the keys after checking them, unless that needs the user's proof and `authenticated` says that it was not given. To be
   * called inside a transaction: whether it is the first identity is decided where it is written.
   */
  put(by: Requester, upload: CrossSigningUpload, authenticated: boolean): 'changed' | 'same' | 'needs-auth' {
    const before = this.get(by.userId, 'master');
    const master = upload.masterKey ? checked(by, 'master', upload.masterKey) : before;
    if (!master) throw missingParam('A master key is needed first');
    const replaced = before !== undefined && before.publicKey !== master.publicKey;
    const keys = parts(upload).map(([usage, key]) => [usage, this.#signed(by, usage, key, master)] as const);
    if (!authenticated && this.#needsAuth(by, keys)) return 'needs-auth';
    let changed = false;
    for (const [usage, key] of keys) changed = this.#keep(by.userId, usage, key) || changed;
    // Keys that the old master key vouched for mean nothing under a new one.
    if (replaced) {
      const given = new Set<Usage>(keys.map(([usage]) => usage));
      for (const usage of ['self_signing', 'user_signing'] as const) {
        const stale = given.has(usage) ? undefined : this.get(by.userId, usage);
        if (!stale) continue;
        this.#forgetSignatures(by.userId, stale.publicKey);
        this.#store.removeCrossSigning(by.userId, usage);
      }
    }
    return changed ? 'changed' : 'same';
  }

  /** A first upload needs no further authentication, nor does one that brings no new keys. */
  #needsAuth(by: Requester, keys: readonly (readonly [Usage, CrossSigningKey])[]): boolean {
    if (this.get(by.userId, 'master') === undefined) return false;
    return keys.some(([usage, { key }]) => {
      const stored = this.get(by.userId, usage);
      return stored === undefined || !sameButForSignatures(stored.key, key);
    });
  }

  /** The key with those of its signatures that hold: what nobody can check is not kept, and what is wrong is refused. */
  #signed(by: Requester, usage: Usage, object: JsonObject, master: CrossSigningKey): CrossSigningKey {
    const { userId } = by;
    const { publicKey } = checked(by, usage, object);
    if (this.#devices.idsOf(userId).includes(publicKey))
      throw forbidden('A cross-signing key must not equal a device id');
    const signatures = new Map<string, string>();
    for (const [name, signature] of signaturesOf(object, userId)) {
      const id = name.startsWith('ed25519:') ? name.slice('ed25519:'.length) : '';
      const signer = id === master.publicKey ? id : this.#devices.identityKeyOf(userId, id);
      if (signer === undefined) continue;
      if (!isSignedBy(object, userId, name, signer)) throw invalidSignature(`${name} did not sign the ${usage} key`);
      signatures.set(name, signature);
    }
    if (usage !== 'master' && !signatures.has(`ed25519:${master.publicKey}`))
      throw invalidSignature(`The ${usage} key is not signed by the master key`);
    const { signatures: _given, unsigned: _unsigned, ...key } = object;
    return { publicKey, key: withSignatures(key, userId, signatures) };
  }

  #keep(userId: string, usage: Usage, { publicKey, key }: CrossSigningKey): boolean {
    const before = this.get(userId, usage);
    if (before && before.publicKey !== publicKey) this.#forgetSignatures(userId, before.publicKey);
    // Whoever sends the same key without its signatures takes none of them away.
    const kept =
      before && sameButForSignatures(before.key, key)
        ? withSignatures(key, userId, new Map([...signaturesOf(before.key, userId), ...signaturesOf(key, userId)]))
        : key;
    if (before && before.publicKey === publicKey && JSON.stringify(before.key) === JSON.stringify(kept)) return false;
    this.#store.putCrossSigning(userId, usage, publicKey, JSON.stringify(kept));
    return true;
  }

  /** Those on a key that is replaced, and those that it has made on the user's own keys. */
  #forgetSignatures(userId: string, publicKey: string): void {
    this.#store.removeSignatures(userId, publicKey);
    this.#store.removeSignaturesBy(userId, `ed25519:${publicKey}`);
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
  if (JSON.stringify(key).length > SIGNED_OBJECT_LENGTH) throw tooLarge(`The ${usage} key is too large`);
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
  if (decodeBase64(publicKey)?.length !== PUBLIC_KEY_BYTES)
    throw invalidParam(`The ${usage} key is not an Ed25519 public key`);
  return { publicKey, key };
}

function withSignatures(key: JsonObject, userId: string, signatures: ReadonlyMap<string, string>): JsonObject {
  const { signatures: _replaced, ...rest } = key;
  if (signatures.size === 0) return rest;
  const sorted = [...signatures].sort(([one], [other]) => (one < other ? -1 : 1));
  return { ...rest, signatures: Object.fromEntries([[userId, Object.fromEntries(sorted)]]) };
}

function invalidSignature(message: string): MatrixError {
  return new MatrixError(400, 'M_INVALID_SIGNATURE', message);
}
