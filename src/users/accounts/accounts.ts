// The accounts part of a Users object: accounts, sessions, devices, profiles.
// https://spec.matrix.org/v1.19/client-server-api/#client-authentication
import { forbidden, MatrixError, notFound, unknownToken, userLocked } from '../../spec/errors.ts';
import type { Json, JsonObject } from '../../spec/json.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type { Profile } from '../../ports/contracts/room.ts';
import type {
  AccountRecord,
  Authenticated,
  Device,
  NewAccountRecord,
  NewDevice,
  NewSession,
  OpenedSession,
  RefreshedSession,
  SeenRequest,
  Standing,
  UsersAccounts,
} from '../../ports/contracts/users-accounts.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { Positions } from '../stream/positions.ts';
import { Farewells } from './farewells.ts';
import type { Profiles } from './profiles.ts';
import { Remains } from './remains.ts';
import { Sessions, type WantedDevice } from './sessions.ts';
import { AccountStore } from './store/accounts.ts';
import { RequestCount } from './request-count.ts';
import { UiaSessions } from './uia-sessions.ts';

/** What accounts need of the other parts of the Users object. */
export interface AccountsNeighbours {
  /** Whether a device may have this id. */
  mayBeDeviceId(userId: string, deviceId: string): boolean;
  /** Forgets keys and messages of a device, inside the transaction that deletes it. */
  removeDevice(userId: string, deviceId: string): void;
  /** Ends what a session has set up, inside the transaction that ends it, whether or not its device goes too. */
  endSession(userId: string, deviceId: string): void;
  /** Forgets everything else that is a user's own, inside the transaction that deactivates the account. */
  removeUser(userId: string): void;
  /** Forgets a piece of what may be much, inside a transaction; false once there is no more. */
  removeSome(userId: string): boolean;
  /** After that transaction: `userId` has lost devices. */
  devicesRemoved(userId: string, deviceIds: readonly string[]): void;
  /** Wakes who waits for a user's news. */
  ring(userId: string): void;
  /** The rooms that a user has had to do with. */
  roomsOf(userId: string): readonly string[];
  readonly positions: Pick<Positions, 'prepare' | 'take'>;
  /** Gives a change of a user's devices its position in the stream, inside a transaction. */
  noteDeviceChange(userId: string): void;
}

export class Accounts implements UsersAccounts {
  readonly #env: ObjectEnv;
  readonly #neighbours: AccountsNeighbours;
  readonly #profiles: Profiles;
  readonly #accounts: AccountStore;
  readonly #sessions: Sessions;
  readonly #uia: UiaSessions;
  readonly #requests: RequestCount;
  readonly #farewells: Farewells;
  readonly #remains: Remains;
  readonly #ids: Set<string>;
  readonly #standings = new Map<string, Standing>();

  constructor(env: ObjectEnv, profiles: Profiles, neighbours: AccountsNeighbours) {
    this.#env = env;
    this.#neighbours = neighbours;
    this.#profiles = profiles;
    this.#accounts = new AccountStore(env.sql, env.owner);
    this.#sessions = new Sessions(env, neighbours);
    this.#uia = new UiaSessions(env);
    this.#requests = new RequestCount(env);
    this.#farewells = new Farewells(env);
    this.#remains = new Remains(env, (userId) => neighbours.removeSome(userId));
    this.#ids = new Set(this.#accounts.ids());
  }

  /** Whether a user lives in this group; deactivated ones do. */
  has(userId: string): boolean {
    return this.#ids.has(userId);
  }

  /** A user's devices, from memory once they were asked for. */
  devicesOf(userId: string): readonly { readonly deviceId: string; readonly displayName: string | undefined }[] {
    return this.#sessions.of(userId);
  }

  /** Throws 401 M_UNKNOWN_TOKEN or M_USER_LOCKED for a session that has ended since it was authenticated. */
  demandSession({ userId, deviceId, session }: Requester): void {
    if (deviceId !== undefined && !this.#sessions.isOpen(userId, deviceId, session)) throw unknownToken();
    if (this.#standingOf(userId)?.locked) throw userLocked();
  }

  /** Inside a transaction: a room says that a user has come into it. A deactivated account goes again. */
  noteMembership(userId: string, roomId: string, membership: string): void {
    if (membership !== 'join' && membership !== 'invite' && membership !== 'knock') return;
    if (!this.has(userId)) return;
    if (this.#standingOf(userId)?.deactivated) this.#farewells.note(userId, [roomId], false);
    else if (membership === 'join') this.#profiles.joined(userId, roomId);
  }

  /** Carries out what deactivated accounts have yet to do. Never throws. */
  async runFarewells(): Promise<void> {
    await Promise.all([this.#farewells.run(), this.#remains.run()]);
  }

  comeBack(): void {
    this.#farewells.comeBack();
    this.#remains.comeBack();
  }

  async createAccount(account: NewAccountRecord): Promise<OpenedSession | undefined> {
    const { userId, device } = account;
    const insert = (): void => {
      this.#insert(account);
    };
    const opened = device && this.#sessions.open({ userId, ...wantedOf(device) }, insert);
    if (device === undefined) this.#env.sql.transaction(insert);
    this.#ids.add(userId);
    return opened;
  }

  /** Inside a transaction. */
  #insert({ userId, passwordHash, admin, guest = false, registeredBy, displayName }: NewAccountRecord): void {
    if (this.#accounts.get(userId)) throw new MatrixError(400, 'M_USER_IN_USE', 'This user name is taken.');
    this.#accounts.insert(
      { userId, passwordHash: passwordHash ?? null, admin, guest, registeredBy: registeredBy ?? null },
      this.#env.clock.now(),
    );
    this.#profiles.begin(userId, displayName ?? userId.slice(1, userId.indexOf(':')));
  }

  async upgradeGuest(by: Requester, passwordHash: string): Promise<void> {
    const { userId } = by;
    this.#env.sql.transaction(() => {
      this.demandSession(by);
      const row = this.#accounts.get(userId);
      if (!row?.guest || row.deactivated) throw forbidden('This is no guest account.');
      this.#accounts.endGuest(userId, passwordHash);
    });
    this.#standings.delete(userId);
  }

  async accountMade(userId: string): Promise<{ readonly registeredBy: string | undefined } | undefined> {
    const row = this.#accounts.get(userId);
    return row && { registeredBy: row.registered_by ?? undefined };
  }

  async passwordRecord(userId: string): Promise<AccountRecord | undefined> {
    const row = this.#accounts.get(userId);
    return row && { passwordHash: row.password_hash ?? undefined, deactivated: row.deactivated === 1 };
  }

  async openSession(wanted: NewSession): Promise<OpenedSession> {
    const { proof } = wanted;
    const userId = proof.kind === 'token' ? this.#sessions.ownerOfToken('login', proof.token) : wanted.userId;
    if (userId === undefined) throw forbidden('This login token is not valid.');
    const standing = this.#standingOf(userId);
    if (standing?.locked) throw userLocked();
    return this.#sessions.open({ userId, ...wantedOf(wanted) }, () => {
      const account = this.#accounts.get(userId);
      if (!account || account.deactivated) throw forbidden('There is no such account.');
      // The password may have been changed since it was looked at.
      if (proof.kind === 'password' && account.password_hash !== proof.passwordHash)
        throw forbidden('Wrong user name or password.');
      if (proof.kind === 'token') this.#sessions.spendToken('login', proof.token);
    });
  }

  async refreshSession(refreshToken: string): Promise<RefreshedSession> {
    const userId = this.#sessions.ownerOfRefresh(refreshToken);
    if (userId === undefined) throw unknownToken();
    if (this.#standingOf(userId)?.locked) throw userLocked();
    return this.#sessions.refresh(refreshToken);
  }

  async authenticate(accessToken: string, seen: SeenRequest): Promise<Authenticated> {
    const { userId, deviceId, session, born } = this.#sessions.owner(accessToken);
    this.#requests.count(userId, seen.countsAs);
    this.#sessions.noteSeen(userId, deviceId, seen);
    const { admin = false, guest = false, locked = false, suspended = false } = this.#standingOf(userId) ?? {};
    const group = Number(this.#env.name);
    return { userId, deviceId, deviceBorn: born, session, group, admin, guest, locked, suspended };
  }

  async logout(by: Requester): Promise<void> {
    if (by.deviceId !== undefined) this.#sessions.delete(by.userId, [by.deviceId]);
  }

  async logoutAll(by: Requester): Promise<void> {
    this.#sessions.delete(by.userId, this.#sessions.others(by.userId, undefined));
  }

  async devices(by: Requester): Promise<readonly Device[]> {
    return this.#sessions.list(by.userId);
  }

  async device(by: Requester, deviceId: string): Promise<Device> {
    return this.#sessions.one(by.userId, deviceId);
  }

  async renameDevice(by: Requester, deviceId: string, displayName: string | undefined): Promise<void> {
    this.#sessions.rename(by.userId, deviceId, displayName);
  }

  async deleteDevices(by: Requester, deviceIds: readonly string[]): Promise<void> {
    this.#sessions.delete(by.userId, deviceIds);
  }

  async changePassword(
    by: Requester,
    change: { readonly proven: string; readonly passwordHash: string; readonly logoutDevices: boolean },
  ): Promise<void> {
    const { userId, deviceId } = by;
    this.#sessions.delete(userId, change.logoutDevices ? this.#sessions.others(userId, deviceId) : [], () => {
      this.#demandProof(by, change.proven);
      this.#accounts.setPassword(userId, change.passwordHash);
      this.#uia.endAll(userId);
    });
  }

  async deactivate(by: Requester, wanted: { readonly proven: string; readonly erase: boolean }): Promise<void> {
    const { userId } = by;
    const rooms = this.#neighbours.roomsOf(userId);
    this.#sessions.delete(userId, this.#sessions.others(userId, undefined), () => {
      this.#demandProof(by, wanted.proven);
      this.#accounts.deactivate(userId, wanted.erase);
      this.#uia.endAll(userId);
      this.#profiles.removeUser(userId);
      this.#neighbours.removeUser(userId);
      this.#remains.note(userId);
      this.#farewells.note(userId, rooms, wanted.erase);
    });
    this.#standings.delete(userId);
    void this.runFarewells();
  }

  async standing(userId: string): Promise<Standing | undefined> {
    return this.#standingOf(userId);
  }

  async setStanding(
    userId: string,
    change: { readonly locked?: boolean; readonly suspended?: boolean },
  ): Promise<Standing> {
    this.#env.sql.transaction(() => {
      const row = this.#accounts.get(userId);
      // It may have been deactivated, or become an administrator's, since it was looked at.
      if (!row || row.deactivated) throw notFound('There is no such account.');
      if (row.admin) throw forbidden('This is an administrator.');
      this.#accounts.setStanding(userId, change.locked ?? row.locked === 1, change.suspended ?? row.suspended === 1);
    });
    this.#standings.delete(userId);
    this.#neighbours.ring(userId);
    const now = this.#standingOf(userId);
    if (!now) throw notFound('There is no such account.');
    return now;
  }

  async createToken(
    by: Requester,
    kind: 'login' | 'openid',
  ): Promise<{ readonly token: string; readonly expiresInMs: number }> {
    this.demandSession(by);
    return this.#sessions.makeToken(kind, by.userId, by.deviceId ?? '');
  }

  async openIdUser(token: string): Promise<string | undefined> {
    return this.#sessions.ownerOfToken('openid', token);
  }

  async profile(userId: string): Promise<JsonObject> {
    if (!this.has(userId) || this.#standingOf(userId)?.deactivated) throw notFound('There is no such user.');
    return this.#profiles.get(userId);
  }

  async memberProfile(userId: string): Promise<Profile> {
    if (this.#standingOf(userId)?.deactivated) throw forbidden('This account was deactivated.');
    return this.#profiles.ofMember(userId);
  }

  async setProfileField(by: Requester, key: string, value: Json | undefined): Promise<void> {
    // The account may have ended since the request came, and its profile with it.
    this.demandSession(by);
    if (this.#standingOf(by.userId)?.deactivated) throw forbidden('This account was deactivated.');
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

  async uiaSessionFor(
    session: string,
  ): Promise<{ readonly completed: readonly string[]; readonly userId: string | undefined } | undefined> {
    return this.#uia.of(session);
  }

  async completeUiaStage(session: string, stage: string): Promise<{ readonly completed: readonly string[] }> {
    return this.#uia.complete(session, stage);
  }

  async endUiaSession(session: string): Promise<boolean> {
    return this.#uia.end(session);
  }

  /** Inside a transaction: the session is open still, and what was proven is the password still. */
  #demandProof(by: Requester, proven: string): void {
    this.demandSession(by);
    if (this.#accounts.get(by.userId)?.password_hash !== proven) throw forbidden('The password was changed meanwhile.');
  }

  #standingOf(userId: string): Standing | undefined {
    const known = this.#standings.get(userId);
    if (known) return known;
    const row = this.#accounts.get(userId);
    if (!row) return undefined;
    const standing = {
      admin: row.admin === 1,
      guest: row.guest === 1,
      locked: row.locked === 1,
      suspended: row.suspended === 1,
      deactivated: row.deactivated === 1,
    };
    this.#standings.set(userId, standing);
    return standing;
  }
}

function wantedOf({ deviceId, initialDeviceDisplayName, refreshable }: NewDevice): Omit<WantedDevice, 'userId'> {
  return { deviceId, displayName: initialDeviceDisplayName, refreshable };
}
