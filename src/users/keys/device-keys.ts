// A device's identity keys. https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysupload
import { canonicalJson } from '../../spec/canonical-json.ts';
import { badJson, invalidParam, tooLarge } from '../../spec/errors.ts';
import { isObject, member, type JsonObject } from '../../spec/json.ts';
import { isNotWronglySigned, sameButForSignatures } from './signed-object.ts';
import type { PublicKeyStore } from './store/public-keys.ts';

/**
 * The characters of a device's keys with the signatures on them, as JSON. Real ones have some 1,000; all that a user's devices
 * have are told in one call, which holds less than 1 MB.
 */
const DEVICE_KEYS_LENGTH = 4096;

export class DeviceKeys {
  readonly #store: PublicKeyStore;

  constructor(store: PublicKeyStore) {
    this.#store = store;
  }

  get(userId: string, deviceId: string): JsonObject | undefined {
    const text = this.#store.deviceKey(userId, deviceId);
    return text === undefined ? undefined : (JSON.parse(text) as JsonObject);
  }

  /** `length` is in characters, as JSON. */
  all(userId: string): readonly { readonly deviceId: string; readonly keys: JsonObject; readonly length: number }[] {
    return this.#store.deviceKeys(userId).map((row) => ({
      deviceId: row.device_id,
      keys: JSON.parse(row.keys) as JsonObject,
      length: row.keys.length,
    }));
  }

  /**
   * Stores checked keys; whether they differ from those there were, and whether the device is another one by them. Signatures on
   * what is replaced go with it.
   */
  put(userId: string, deviceId: string, keys: JsonObject): { readonly changed: boolean; readonly another: boolean } {
    const before = this.get(userId, deviceId);
    const text = JSON.stringify(keys);
    if (before && JSON.stringify(before) === text) return { changed: false, another: false };
    if (before && !sameButForSignatures(before, keys)) this.#store.removeSignatures(userId, deviceId);
    this.#store.putDeviceKeys(userId, deviceId, text);
    const another = before !== undefined && canonicalJson(before['keys'] ?? {}) !== canonicalJson(keys['keys'] ?? {});
    return { changed: true, another };
  }
}

/** Refuses keys that are not the device's own, not whole, or not signed by the device itself. */
export function checkDeviceKeys(by: { readonly userId: string; readonly deviceId: string }, keys: JsonObject): void {
  if (JSON.stringify(keys).length > DEVICE_KEYS_LENGTH) throw tooLarge('device_keys is too large');
  if (member(keys, 'user_id') !== by.userId) throw invalidParam('device_keys.user_id must be the user');
  if (member(keys, 'device_id') !== by.deviceId) throw invalidParam('device_keys.device_id must be the device');
  const algorithms = member(keys, 'algorithms');
  if (!Array.isArray(algorithms) || !algorithms.every((name) => typeof name === 'string'))
    throw badJson('device_keys.algorithms must be a list of names');
  const publicKeys = member(keys, 'keys');
  if (!isObject(publicKeys) || !Object.values(publicKeys).every((key) => typeof key === 'string'))
    throw badJson('device_keys.keys must be an object of keys');
  const identity = identityKey(keys, by.deviceId);
  if (identity === undefined) throw invalidParam('device_keys.keys must hold the Ed25519 key of the device');
  if (!isNotWronglySigned(keys, by.userId, `ed25519:${by.deviceId}`, identity))
    throw invalidParam('The signature of device_keys is not good');
}

export function identityKey(keys: JsonObject, deviceId: string): string | undefined {
  const publicKeys = member(keys, 'keys');
  const key = isObject(publicKeys) ? member(publicKeys, `ed25519:${deviceId}`) : undefined;
  return typeof key === 'string' ? key : undefined;
}
