// The keys part of a Users object. https://spec.matrix.org/v1.19/client-server-api/#end-to-end-encryption
import { forbidden } from '../../spec/errors.ts';
import type { ClientTransaction, Requester } from '../../ports/contracts/requester.ts';
import type {
  ClaimedKey,
  CrossSigningUpload,
  QueriedKeys,
  SignatureFailure,
  UsersKeys,
} from '../../ports/contracts/users-keys.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { Positions } from '../stream/positions.ts';
import type { ToDevice } from '../to-device/to-device.ts';
import { CrossSigning } from './cross-signing.ts';
import { checkDeviceKeys, DeviceKeys, identityKey } from './device-keys.ts';
import { OneTimeKeys, readKeys, type UploadedKey } from './one-time-keys.ts';
import { Signatures, type SignedObject } from './signatures.ts';
import { OneTimeKeyStore } from './store/one-time-keys.ts';
import { PublicKeyStore } from './store/public-keys.ts';

/** The characters of device keys after which an answer ends: a call between objects holds less than 1 MB. */
const ANSWER_LENGTH = 400_000;

/** What the keys part needs of its neighbours in the Users object. */
export interface KeysNeighbours {
  /** Gives "the devices or keys of these users changed" a position in the stream; called inside a transaction. */
  noteDeviceChange(userIds: readonly string[]): void;
  /** Wakes those who have to see a device change, after the commit. */
  ringDeviceChange(userIds: readonly string[]): void;
  /** Also the dehydrated one. */
  devicesOf(userId: string): readonly { readonly deviceId: string; readonly displayName: string | undefined }[];
  readonly toDevice: ToDevice;
  readonly positions: Pick<Positions, 'prepare' | 'take'>;
}

interface KeysUpload {
  readonly deviceKeys?: JsonObject;
  readonly oneTimeKeys?: JsonObject;
  readonly fallbackKeys?: JsonObject;
}

interface CheckedUpload {
  readonly deviceKeys: JsonObject | undefined;
  readonly oneTime: readonly UploadedKey[];
  readonly fallback: readonly UploadedKey[];
}

interface Counts {
  readonly counts: readonly (readonly [algorithm: string, count: number])[];
  readonly unusedFallbacks: readonly string[];
}

export class Keys implements UsersKeys {
  readonly #env: ObjectEnv;
  readonly #neighbours: KeysNeighbours;
  readonly #publicKeys: PublicKeyStore;
  readonly #oneTimeKeyStore: OneTimeKeyStore;
  readonly #devices: DeviceKeys;
  readonly #oneTimeKeys: OneTimeKeys;
  readonly #crossSigning: CrossSigning;
  readonly #signatures: Signatures;
  /** By `user device`: what every /sync tells, so that it needs no query. */
  readonly #counts = new Map<string, Counts>();
  /** By `user device`: where in the stream others took keys of the device last. */
  readonly #taken = new Map<string, number>();

  constructor(env: ObjectEnv, neighbours: KeysNeighbours) {
    this.#env = env;
    this.#neighbours = neighbours;
    this.#publicKeys = new PublicKeyStore(env.sql, env.owner);
    this.#oneTimeKeyStore = new OneTimeKeyStore(env.sql, env.owner);
    this.#devices = new DeviceKeys(this.#publicKeys);
    this.#oneTimeKeys = new OneTimeKeys(this.#oneTimeKeyStore);
    this.#crossSigning = new CrossSigning(this.#publicKeys, {
      idsOf: (userId) => neighbours.devicesOf(userId).map((device) => device.deviceId),
      identityKeyOf: (userId, deviceId) => {
        const keys = this.#devices.get(userId, deviceId);
        return keys && identityKey(keys, deviceId);
      },
    });
    this.#signatures = new Signatures(this.#publicKeys, this.#devices, this.#crossSigning);
  }

  async uploadKeys(
    by: Requester,
    upload: KeysUpload,
  ): Promise<readonly (readonly [algorithm: string, count: number])[]> {
    const { userId, deviceId } = by;
    if (deviceId === undefined) throw forbidden('Keys belong to a device, and this token has none');
    const checked = this.checkUpload({ userId, deviceId }, upload);
    this.#neighbours.positions.prepare();
    const changed = this.#env.sql.transaction(() => {
      const changed = this.keep(userId, deviceId, checked);
      if (changed) this.#neighbours.noteDeviceChange([userId]);
      return changed;
    });
    this.#counts.delete(`${userId} ${deviceId}`);
    if (changed) this.#neighbours.ringDeviceChange([userId]);
    return this.#oneTimeKeys.counts(userId, deviceId);
  }

  /** Throws for what may not be stored as this device's. */
  checkUpload(device: { readonly userId: string; readonly deviceId: string }, upload: KeysUpload): CheckedUpload {
    if (upload.deviceKeys) checkDeviceKeys(device, upload.deviceKeys);
    return {
      deviceKeys: upload.deviceKeys,
      oneTime: readKeys(upload.oneTimeKeys ?? {}),
      fallback: readKeys(upload.fallbackKeys ?? {}),
    };
  }

  /** Stores what was checked, inside a transaction; whether others see a change. */
  keep(userId: string, deviceId: string, { deviceKeys, oneTime, fallback }: CheckedUpload): boolean {
    const { changed, another } = deviceKeys
      ? this.#devices.put(userId, deviceId, deviceKeys)
      : { changed: false, another: false };
    // A client that begins anew on its device has lost these, and counts its keys from the first again.
    if (another) this.#oneTimeKeyStore.remove(userId, deviceId);
    this.#oneTimeKeys.upload(userId, deviceId, oneTime);
    this.#oneTimeKeys.uploadFallback(userId, deviceId, fallback);
    return changed;
  }

  async queryKeys(
    by: Requester,
    asked: readonly { readonly userId: string; readonly deviceIds: readonly string[] }[],
  ): Promise<readonly QueriedKeys[]> {
    const found: QueriedKeys[] = [];
    let length = 0;
    for (const { userId, deviceIds } of asked) {
      const user = this.#queried(by, userId, deviceIds);
      // The first is told whatever its size, so that the caller goes on.
      if (found.length > 0 && length + user.length > ANSWER_LENGTH) break;
      found.push(user.keys);
      length += user.length;
    }
    return found;
  }

  #queried(
    by: Requester,
    userId: string,
    deviceIds: readonly string[],
  ): { readonly keys: QueriedKeys; readonly length: number } {
    const names = new Map(this.#neighbours.devicesOf(userId).map((device) => [device.deviceId, device.displayName]));
    const wanted = new Set(deviceIds);
    const devices = this.#devices
      .all(userId)
      .filter(({ deviceId }) => names.has(deviceId) && (wanted.size === 0 || wanted.has(deviceId)));
    const cross = (usage: 'master' | 'self_signing' | 'user_signing'): JsonObject | undefined => {
      const stored = this.#crossSigning.get(userId, usage);
      return stored && this.#signatures.shown(by.userId, userId, stored.publicKey, stored.key);
    };
    const keys: QueriedKeys = {
      userId,
      devices: devices.map(({ deviceId, keys }) => {
        const name = names.get(deviceId);
        const shown = this.#signatures.shown(by.userId, userId, deviceId, keys);
        return { deviceId, keys: { ...shown, unsigned: name === undefined ? {} : { device_display_name: name } } };
      }),
      masterKey: cross('master'),
      selfSigningKey: cross('self_signing'),
      userSigningKey: userId === by.userId ? cross('user_signing') : undefined,
    };
    return { keys, length: devices.reduce((sum, { length }) => sum + length, 0) };
  }

  async claimKeys(
    asked: readonly { readonly userId: string; readonly deviceId: string; readonly algorithm: string }[],
  ): Promise<readonly ClaimedKey[]> {
    this.#neighbours.positions.prepare();
    const claimed = this.#env.sql.transaction(() =>
      asked.flatMap(({ userId, deviceId, algorithm }) => this.#oneTimeKeys.claim(userId, deviceId, algorithm) ?? []),
    );
    for (const { userId, deviceId } of claimed) {
      this.#counts.delete(`${userId} ${deviceId}`);
      this.#taken.set(`${userId} ${deviceId}`, this.#neighbours.positions.take());
    }
    // The owner's client learns from its next sync that it has fewer keys.
    this.#neighbours.toDevice.ring(claimed.map((key) => key.userId));
    return claimed;
  }

  async uploadCrossSigning(
    by: Requester,
    upload: CrossSigningUpload,
    authenticated: boolean,
  ): Promise<{ readonly needsAuth: boolean }> {
    this.#neighbours.positions.prepare();
    const outcome = this.#env.sql.transaction(() => {
      const outcome = this.#crossSigning.put(by, upload, authenticated);
      if (outcome === 'changed') this.#neighbours.noteDeviceChange([by.userId]);
      return outcome;
    });
    if (outcome === 'changed') this.#neighbours.ringDeviceChange([by.userId]);
    return { needsAuth: outcome === 'needs-auth' };
  }

  async uploadSignatures(by: Requester, signed: readonly SignedObject[]): Promise<readonly SignatureFailure[]> {
    const signerKey = await this.#userSigningKey(by);
    this.#neighbours.positions.prepare();
    const { failures, changed } = this.#env.sql.transaction(() => {
      const outcomes = signed.map((item) => ({ item, outcome: this.#signatures.put(by, item, signerKey) }));
      const stored = outcomes.filter(({ outcome }) => outcome === 'stored').map(({ item }) => item.userId);
      const changed = [...new Set(stored)];
      if (changed.length > 0) this.#neighbours.noteDeviceChange(changed);
      return { failures: outcomes.flatMap(({ outcome }) => (typeof outcome === 'string' ? [] : outcome)), changed };
    });
    if (changed.length > 0) this.#neighbours.ringDeviceChange(changed);
    return failures;
  }

  async sendToDevice(
    by: Requester,
    transaction: ClientTransaction,
    type: string,
    messages: readonly { readonly userId: string; readonly deviceId: string; readonly content: JsonObject }[],
  ): Promise<void> {
    await this.#neighbours.toDevice.send(by, transaction, type, messages);
  }

  async devicesChanged(userIds: readonly string[]): Promise<void> {
    this.#neighbours.positions.prepare();
    this.#env.sql.transaction(() => this.#neighbours.noteDeviceChange(userIds));
    this.#neighbours.ringDeviceChange(userIds);
  }

  /** One-time key counts and unused fallback algorithms, for /sync. */
  countsFor(by: Requester): Counts {
    if (by.deviceId === undefined) return { counts: [], unusedFallbacks: [] };
    const device = `${by.userId} ${by.deviceId}`;
    let known = this.#counts.get(device);
    if (!known) {
      known = {
        counts: this.#oneTimeKeys.counts(by.userId, by.deviceId),
        unusedFallbacks: this.#oneTimeKeys.unusedFallbacks(by.userId, by.deviceId),
      };
      this.#counts.set(device, known);
    }
    return known;
  }

  /** Whether others took keys of a device after a position, since this instance woke. */
  changedAfter(by: Requester, pos: number): boolean {
    return by.deviceId !== undefined && (this.#taken.get(`${by.userId} ${by.deviceId}`) ?? 0) > pos;
  }

  /** Whether this is one of the user's cross-signing public keys: no device may have it as its id. */
  isCrossSigningKey(userId: string, deviceId: string): boolean {
    return this.#crossSigning.hasPublicKey(userId, deviceId);
  }

  /** Forgets a device's keys, inside the transaction that deletes it; whether others saw it. */
  removeDevice(userId: string, deviceId: string): boolean {
    this.#counts.delete(`${userId} ${deviceId}`);
    this.#oneTimeKeyStore.remove(userId, deviceId);
    return this.#publicKeys.removeDevice(userId, deviceId);
  }

  /** Forgets a user's cross-signing keys, inside a transaction; device keys go with the devices. */
  removeUser(userId: string): void {
    this.#publicKeys.removeUser(userId);
  }

  async #userSigningKey(by: Requester): Promise<string | undefined> {
    const own = this.#crossSigning.get(by.userId, 'user_signing');
    if (own) return own.publicKey;
    const [elsewhere] = await this.#env.actors
      .users(by.group)
      .keys.queryKeys(by, [{ userId: by.userId, deviceIds: [] }]);
    const keys = elsewhere?.userSigningKey?.['keys'];
    return typeof keys === 'object' && keys !== null
      ? Object.values(keys).find((key) => typeof key === 'string')
      : undefined;
  }
}
