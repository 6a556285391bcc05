// Signatures on devices and identities. https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keyssignaturesupload
import { isObject, type JsonObject } from '../../spec/json.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type { SignatureFailure } from '../../ports/contracts/users-keys.ts';
import type { CrossSigning } from './cross-signing.ts';
import { type DeviceKeys, identityKey } from './device-keys.ts';
import { isSignedBy, sameButForSignatures, signaturesOf } from './signed-object.ts';
import type { PublicKeyStore } from './store/public-keys.ts';

/** What was signed: `keyId` is a device id, or the public key of a master key. */
export interface SignedObject {
  readonly userId: string;
  readonly keyId: string;
  readonly object: JsonObject;
}

export class Signatures {
  readonly #store: PublicKeyStore;
  readonly #devices: DeviceKeys;
  readonly #crossSigning: CrossSigning;

  constructor(store: PublicKeyStore, devices: DeviceKeys, crossSigning: CrossSigning) {
    this.#store = store;
    this.#devices = devices;
    this.#crossSigning = crossSigning;
  }

  /**
   * Stores the signatures of one uploaded object, if it is the object that we have and the requester may sign it: their own
   * devices with their self-signing key, their own master key with their devices, others' master keys with their
   * user-signing key. `signerKey` is the latter's public key. Answers what is wrong, or whether there was anything new.
   */
  put(
    by: Requester,
    { userId, keyId, object }: SignedObject,
    signerKey: string | undefined,
  ): SignatureFailure | 'stored' | 'same' {
    const fails = (errcode: string, error: string): SignatureFailure => ({ userId, keyId, errcode, error });
    const own = userId === by.userId;
    const master = this.#crossSigning.get(userId, 'master');
    const isMaster = master?.publicKey === keyId;
    const stored = isMaster ? master.key : own ? this.#devices.get(userId, keyId) : undefined;
    if (!stored) return fails('M_NOT_FOUND', 'There is no such key, or it is not one that you may sign');
    if (!sameButForSignatures(stored, object))
      return fails('M_INVALID_PARAM', 'The signed object is not the one that is stored');
    const known = this.shown(by.userId, userId, keyId, stored);
    const given = signaturesOf(object, by.userId).filter(([name, text]) => !isKnown(known, by.userId, name, text));
    if (given.length === 0) return 'same';
    // First all are looked at: of an object with one bad signature none is kept.
    for (const [name] of given) {
      const publicKey = this.#publicKey(by, name, isMaster, own, signerKey);
      if (publicKey === undefined) return fails('M_INVALID_SIGNATURE', `${name} is not a key that may sign this`);
      if (!isSignedBy(object, by.userId, name, publicKey))
        return fails('M_INVALID_SIGNATURE', `The signature of ${name} is not good`);
    }
    for (const [name, text] of given) this.#store.putSignature(userId, keyId, by.userId, name, text);
    return 'stored';
  }

  /** A key with the signatures on it that `viewer` may see: its owner's, and the viewer's own. */
  shown(viewer: string, userId: string, target: string, key: JsonObject): JsonObject {
    const rows = this.#store.signatures(userId, target).filter((row) => row.signer === userId || row.signer === viewer);
    if (rows.length === 0) return key;
    const signatures = new Map(Object.entries(isObject(key['signatures']) ? key['signatures'] : {}));
    for (const row of rows) {
      const ofSigner = signatures.get(row.signer);
      signatures.set(row.signer, { ...(isObject(ofSigner) ? ofSigner : {}), [row.key_id]: row.signature });
    }
    return { ...key, signatures: Object.fromEntries(signatures) };
  }

  /** The key that `name` must be, given what it signs. */
  #publicKey(
    by: Requester,
    name: string,
    isMaster: boolean,
    own: boolean,
    userSigning: string | undefined,
  ): string | undefined {
    const id = name.startsWith('ed25519:') ? name.slice('ed25519:'.length) : undefined;
    if (id === undefined) return undefined;
    if (!own) return id === userSigning ? userSigning : undefined;
    if (!isMaster) {
      const selfSigning = this.#crossSigning.get(by.userId, 'self_signing');
      return selfSigning?.publicKey === id ? id : undefined;
    }
    const device = this.#devices.get(by.userId, id);
    return device && identityKey(device, id);
  }
}

function isKnown(stored: JsonObject, userId: string, keyId: string, signature: string): boolean {
  return signaturesOf(stored, userId).some(([name, text]) => name === keyId && text === signature);
}
