// Dehydrated devices (MSC3814): one for each user, never signed in on, with keys and messages as other devices have them.
// https://github.com/matrix-org/matrix-spec-proposals/pull/3814
import { forbidden, invalidParam, notFound, tooLarge } from '../../spec/errors.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type {
  DehydratedDevice,
  DehydratedDeviceEvents,
  DehydratedUpload,
  UsersDehydrated,
} from '../../ports/contracts/users-dehydrated.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { Positions } from '../stream/positions.ts';
import type { ToDevice } from '../to-device/to-device.ts';
import type { Keys } from './keys.ts';
import { DehydratedStore } from './store/dehydrated.ts';

/** The characters of the encrypted device, as JSON: a hundred one-time keys are 10,000. */
const DATA_LENGTH = 65_536;
const ID_LENGTH = 255;
const NAME_LENGTH = 255;
const EVENTS_LIMIT = 100;

export interface DehydratedNeighbours {
  readonly keys: Pick<Keys, 'checkUpload' | 'keep' | 'removeDevice' | 'isCrossSigningKey'>;
  readonly toDevice: Pick<ToDevice, 'after' | 'removeDevice' | 'forget'>;
  readonly positions: Pick<Positions, 'prepare'>;
  /** Whether somebody is, or was, signed in on a device of this id. */
  isLoginDevice(userId: string, deviceId: string): boolean;
  noteDeviceChange(userIds: readonly string[]): void;
  ringDeviceChange(userIds: readonly string[]): void;
}

interface Known {
  readonly deviceId: string;
  readonly displayName: string | undefined;
}

export class DehydratedDevices implements UsersDehydrated {
  readonly #env: ObjectEnv;
  readonly #neighbours: DehydratedNeighbours;
  readonly #store: DehydratedStore;
  /** By user, once asked for; undefined for a user who has none. */
  readonly #known = new Map<string, Known | undefined>();

  constructor(env: ObjectEnv, neighbours: DehydratedNeighbours) {
    this.#env = env;
    this.#neighbours = neighbours;
    this.#store = new DehydratedStore(env.sql, env.owner);
  }

  /** The user's dehydrated device, from memory once it was asked for. */
  of(userId: string): Known | undefined {
    if (!this.#known.has(userId)) {
      const row = this.#store.get(userId);
      this.#known.set(userId, row && { deviceId: row.device_id, displayName: row.display_name ?? undefined });
    }
    return this.#known.get(userId);
  }

  async dehydratedDevice(by: Requester): Promise<DehydratedDevice> {
    const row = this.#store.get(by.userId);
    if (!row) throw noDevice();
    return { deviceId: row.device_id, deviceData: JSON.parse(row.device_data) as JsonObject };
  }

  async putDehydratedDevice(by: Requester, upload: DehydratedUpload): Promise<void> {
    const { userId } = by;
    const { deviceId, deviceKeys, oneTimeKeys, fallbackKeys } = upload;
    if (deviceId === '' || deviceId.length > ID_LENGTH) throw invalidParam('device_id must have 1 to 255 characters.');
    const data = JSON.stringify(upload.deviceData);
    if (data.length > DATA_LENGTH) throw tooLarge('device_data is too large.');
    const displayName = upload.displayName?.slice(0, NAME_LENGTH);
    const { keys, toDevice, positions, isLoginDevice, noteDeviceChange, ringDeviceChange } = this.#neighbours;
    const checked = keys.checkUpload(
      { userId, deviceId },
      { deviceKeys, ...(oneTimeKeys ? { oneTimeKeys } : {}), ...(fallbackKeys ? { fallbackKeys } : {}) },
    );
    positions.prepare();
    const replaced = this.#env.sql.transaction(() => {
      if (isLoginDevice(userId, deviceId)) throw forbidden('This is a device that somebody is signed in on.');
      if (keys.isCrossSigningKey(userId, deviceId)) throw forbidden('A device id must not equal a cross-signing key.');
      const before = this.#store.get(userId)?.device_id;
      // The same device sent again is the same device: what was claimed of its keys stays claimed, and its messages wait on.
      const replaced = before !== undefined && before !== deviceId ? before : undefined;
      if (replaced !== undefined) this.#remove(userId, replaced);
      keys.keep(userId, deviceId, checked);
      this.#store.put(userId, deviceId, data, displayName ?? null);
      noteDeviceChange([userId]);
      return replaced;
    });
    this.#known.delete(userId);
    if (replaced !== undefined) toDevice.forget(userId, replaced);
    ringDeviceChange([userId]);
  }

  async deleteDehydratedDevice(by: Requester): Promise<{ readonly deviceId: string }> {
    const { userId } = by;
    const { toDevice, positions, noteDeviceChange, ringDeviceChange } = this.#neighbours;
    positions.prepare();
    const deviceId = this.#env.sql.transaction(() => {
      const row = this.#store.get(userId);
      if (!row) throw noDevice();
      this.#remove(userId, row.device_id);
      noteDeviceChange([userId]);
      return row.device_id;
    });
    this.#known.delete(userId);
    toDevice.forget(userId, deviceId);
    ringDeviceChange([userId]);
    return { deviceId };
  }

  async dehydratedDeviceEvents(
    by: Requester,
    deviceId: string,
    from: string | undefined,
  ): Promise<DehydratedDeviceEvents> {
    if (this.of(by.userId)?.deviceId !== deviceId) throw forbidden('This is not your dehydrated device.');
    if (from !== undefined && !/^\d{1,15}$/.test(from)) throw invalidParam('There is no such place among the events.');
    const after = Number(from ?? 0);
    const { messages, last, more } = this.#neighbours.toDevice.after({ ...by, deviceId }, after, EVENTS_LIMIT);
    return { events: messages, nextBatch: String(last ?? after), more };
  }

  /** Forgets a user's device, inside a transaction. */
  removeUser(userId: string): void {
    const row = this.#store.get(userId);
    if (row) this.#remove(userId, row.device_id);
    // Should the transaction be undone, it is read again.
    this.#known.delete(userId);
  }

  #remove(userId: string, deviceId: string): void {
    this.#neighbours.keys.removeDevice(userId, deviceId);
    this.#neighbours.toDevice.removeDevice(userId, deviceId);
    this.#store.remove(userId);
  }
}

function noDevice() {
  return notFound('There is no dehydrated device.');
}
