// The accounts part of a Users object: accounts, sessions, devices, profiles.
// https://spec.matrix.org/v1.19/client-server-api/#client-authentication
import { forbidden, MatrixError, notFound } from '../../spec/errors.ts';
import type { Json, JsonObject } from '../../spec/json.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type { Profile } from '../../ports/contracts/room.ts';
import type { Device, NewSession, SeenRequest, UsersAccounts } from '../../ports/contracts/users-accounts.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { Positions } from '../stream/positions.ts';
import type { Profiles } from './profiles.ts';
import { AccountStore } from './store/accounts.ts';
import { type DeviceRow, DeviceStore } from './store/devices.ts';
import { RequestCount } from './request-count.ts';
import { Tokens } from './tokens.ts';
import { UiaSessions } from './uia-sessions.ts';

const DEVICE_ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const DEVICE_ID_LENGTH = 10;
const DEVICE_NAME_LENGTH = 255;
/** A device's last use is written at most this often. */
const SEEN_EVERY_MS = 60_000;

/** What accounts need of the other parts of the Users object. */
export interface AccountsNeighbours {
  /** Whether a device may have this id. */
  mayBeDeviceId(userId: string, deviceId: string): boolean;
  /** Forgets keys and messages of a device, inside the transaction that deletes it. */
  removeDevice(userId: string, deviceId: string): void;
  /** After that transaction: `userId` has lost devices. */
  devicesRemoved(userId: string, deviceIds: readonly string[]): void;
  readonly positions: Pick<Positions, 'prepare'>;
  /** Gives a change of a user's devices its position in the stream, inside a transaction. */
  noteDeviceChange(userId: string): void;
}

export class Accounts implements UsersAccounts {
  readonly #env: ObjectEnv;
  readonly #neighbours: AccountsNeighbours;
  readonly #profiles: Profiles;
  readonly #accounts: AccountStore;
  readonly #devices: DeviceStore;
  readonly #tokens: Tokens;
  readonly #uia: UiaSessions;
  readonly #requests: RequestCount;
  readonly #ids: Set<string>;
  readonly #admins = new Map<string, boolean>();
  readonly #deviceNames = new Map<
    string,
    readonly { readonly deviceId: string; readonly displayName: string | undefined }[]
  >();
  readonly #seen = new Map<string, number>();

  constructor(env: ObjectEnv, profiles: Profiles, neighbours: AccountsNeighbours) {
    this.#env = env;
    this.#neighbours = neighbours;
    this.#profiles = profiles;
    this.#accounts = new AccountStore(env.sql, env.owner);
    this.#devices = new DeviceStore(env.sql, env.owner);
    this.#tokens = new Tokens(env, this.#devices, Number(env.name));
    this.#uia = new UiaSessions(env);
    this.#requests = new RequestCount(env);
    this.#ids = new Set(this.#accounts.ids());
  }

  /** Whether a user lives in this group. */
  has(userId: string): boolean {
    return this.#ids.has(userId);
  }

  /** A user's devices, from memory once they were asked for. */
  devicesOf(userId: string): readonly { readonly deviceId: string; readonly displayName: string | undefined }[] {
    let names = this.#deviceNames.get(userId);
    if (!names) {
      names = this.#devices
        .all(userId)
        .map((row) => ({ deviceId: row.device_id, displayName: row.display_name ?? undefined }));
      this.#deviceNames.set(userId, names);
    }
    return names;
  }

  async createAccount(account: {
    readonly userId: string;
    readonly passwordHash: string | undefined;
    readonly admin: boolean;
  }): Promise<void> {
    const { userId, passwordHash, admin } = account;
    const localpart = userId.slice(1, userId.indexOf(':'));
    this.#env.sql.transaction(() => {
      if (this.#accounts.get(userId)) throw new MatrixError(400, 'M_USER_IN_USE', 'This user name is taken.');
      this.#accounts.insert(userId, passwordHash ?? null, admin, this.#env.clock.now());
    });
    this.#ids.add(userId);
    this.#profiles.set(userId, 'displayname', localpart);
  }

  async accountExists(userId: string): Promise<boolean> {
    return this.has(userId);
  }

  async passwordRecord(
    userId: string,
  ): Promise<{ readonly passwordHash: string | undefined; readonly deactivated: boolean } | undefined> {
    const row = this.#accounts.get(userId);
    return row && { passwordHash: row.password_hash ?? undefined, deactivated: row.deactivated === 1 };
  }

  async openSession(session: NewSession): Promise<{ readonly accessToken: string; readonly deviceId: string }> {
    const { userId } = session;
    const account = this.#accounts.get(userId);
    if (!account || account.deactivated) throw forbidden('There is no such account.');
    const deviceId = session.deviceId ?? this.#newDeviceId();
    if (!this.#neighbours.mayBeDeviceId(userId, deviceId))
      throw forbidden('A device id must not equal a cross-signing key.');
    const accessToken = this.#env.sql.transaction(() => {
      if (this.#devices.get(userId, deviceId)) this.#devices.deleteTokens(userId, deviceId);
      else
        this.#devices.insert(userId, deviceId, session.initialDeviceDisplayName?.slice(0, DEVICE_NAME_LENGTH) ?? null);
      return this.#tokens.make(userId, deviceId);
    });
    this.#tokens.forget(userId, deviceId);
    this.#deviceNames.delete(userId);
    return { accessToken, deviceId };
  }

  async authenticate(accessToken: string, seen: SeenRequest): Promise<Requester & { readonly admin: boolean }> {
    const { userId, deviceId } = this.#tokens.owner(accessToken);
    this.#requests.count(userId, seen.countsAs);
    this.#noteSeen(userId, deviceId, seen);
    let admin = this.#admins.get(userId);
    if (admin === undefined) this.#admins.set(userId, (admin = this.#accounts.get(userId)?.admin === 1));
    return { userId, deviceId, group: Number(this.#env.name), admin };
  }

  async logout(by: Requester): Promise<void> {
    if (by.deviceId !== undefined) this.#delete(by.userId, [by.deviceId]);
  }

  async logoutAll(by: Requester): Promise<void> {
    this.#delete(
      by.userId,
      this.#devices.all(by.userId).map((row) => row.device_id),
    );
  }

  async devices(by: Requester): Promise<readonly Device[]> {
    return this.#devices.all(by.userId).map(deviceOf);
  }

  async device(by: Requester, deviceId: string): Promise<Device> {
    const row = this.#devices.get(by.userId, deviceId);
    if (!row) throw notFound('There is no such device.');
    return deviceOf(row);
  }

  async renameDevice(by: Requester, deviceId: string, displayName: string | undefined): Promise<void> {
    this.#neighbours.positions.prepare();
    this.#env.sql.transaction(() => {
      if (!this.#devices.get(by.userId, deviceId)) throw notFound('There is no such device.');
      if (displayName === undefined) return;
      this.#devices.rename(by.userId, deviceId, displayName);
      this.#neighbours.noteDeviceChange(by.userId);
    });
    this.#deviceNames.delete(by.userId);
    this.#neighbours.devicesRemoved(by.userId, []);
  }

  async deleteDevices(by: Requester, deviceIds: readonly string[]): Promise<void> {
    this.#delete(by.userId, deviceIds);
  }

  async profile(userId: string): Promise<JsonObject> {
    if (!this.has(userId)) throw notFound('There is no such user.');
    return this.#profiles.get(userId);
  }

  async memberProfile(userId: string): Promise<Profile> {
    return this.#profiles.ofMember(userId);
  }

  async setProfileField(by: Requester, key: string, value: Json | undefined): Promise<void> {
    this.#profiles.set(by.userId, key, value);
  }

  async openUiaSession(session: {
    readonly operation: string;
    readonly userId: string | undefined;
    readonly body: JsonObject;
  }): Promise<{ readonly session: string }> {
    return this.#uia.open(session.operation, session.userId, session.body);
  }

  async uiaSession(
    session: string,
    operation: string,
    userId: string | undefined,
  ): Promise<{ readonly completed: readonly string[]; readonly body: JsonObject } | undefined> {
    return this.#uia.get(session, operation, userId);
  }

  async completeUiaStage(session: string, stage: string): Promise<{ readonly completed: readonly string[] }> {
    return this.#uia.complete(session, stage);
  }

  async endUiaSession(session: string): Promise<boolean> {
    return this.#uia.end(session);
  }

  #delete(userId: string, deviceIds: readonly string[]): void {
    this.#neighbours.positions.prepare();
    const gone = this.#env.sql.transaction(() => {
      const gone = deviceIds.filter((deviceId) => this.#devices.delete(userId, deviceId));
      for (const deviceId of gone) this.#neighbours.removeDevice(userId, deviceId);
      if (gone.length > 0) this.#neighbours.noteDeviceChange(userId);
      return gone;
    });
    for (const deviceId of gone) this.#tokens.forget(userId, deviceId);
    this.#deviceNames.delete(userId);
    if (gone.length > 0) this.#neighbours.devicesRemoved(userId, gone);
  }

  #noteSeen(
    userId: string,
    deviceId: string,
    seen: { readonly address: string; readonly userAgent: string | undefined },
  ): void {
    const key = `${userId} ${deviceId}`;
    const now = this.#env.clock.monotonic();
    const last = this.#seen.get(key);
    if (last !== undefined && now - last < SEEN_EVERY_MS) return;
    this.#seen.set(key, now);
    this.#env.sql.transaction(() => {
      this.#devices.seen(
        userId,
        deviceId,
        seen.address.slice(0, 64),
        this.#env.clock.now(),
        seen.userAgent?.slice(0, 256) ?? null,
      );
    });
  }

  #newDeviceId(): string {
    // 26 does not divide 256; the first letters being likelier by a tenth takes nothing from an id that is no secret.
    return [...this.#env.random.bytes(DEVICE_ID_LENGTH)]
      .map((byte) => DEVICE_ID_CHARACTERS[byte % DEVICE_ID_CHARACTERS.length])
      .join('');
  }
}

function deviceOf(row: DeviceRow): Device {
  return {
    deviceId: row.device_id,
    displayName: row.display_name ?? undefined,
    lastSeenIp: row.last_seen_ip ?? undefined,
    lastSeenTs: row.last_seen_ts ?? undefined,
  };
}
