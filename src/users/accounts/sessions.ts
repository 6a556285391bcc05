// Devices and the sessions on them. https://spec.matrix.org/v1.19/client-server-api/#relationship-between-access-tokens-and-devices
import { forbidden, notFound } from '../../spec/errors.ts';
import { otherTokenText } from '../../spec/identifiers/access-token.ts';
import { encodeBase64Url } from '../../spec/base64.ts';
import type { Device, OpenedSession } from '../../ports/contracts/users-accounts.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { AccountsNeighbours } from './accounts.ts';
import { type DeviceRow, DeviceStore } from './store/devices.ts';
import { OtherTokenStore } from './store/other-tokens.ts';
import { hashed, type TokenOwner, type TokenPair, Tokens } from './tokens.ts';

const DEVICE_ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const DEVICE_ID_LENGTH = 10;
const DEVICE_NAME_LENGTH = 255;
/** A device's last use is written at most this often, and this long after it. */
const SEEN_EVERY_MS = 60_000;
const SEEN_LATER_MS = 2000;
/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv1loginget_token */
const LOGIN_TOKEN_MS = 2 * 60_000;
const OPENID_TOKEN_MS = 60 * 60_000;
/**
 * Devices that a user has at once; who signs in on one more signs out the one that was seen longest ago. Everybody who writes
 * to the user asks for the keys of all of them, and sends to each.
 */
const DEVICES_KEPT = 200;
/** Tokens of a kind that a device has at once; the oldest go first. */
const TOKENS_KEPT = 20;

export interface WantedDevice {
  readonly userId: string;
  readonly deviceId: string | undefined;
  readonly displayName: string | undefined;
  readonly refreshable: boolean;
}

interface Seen {
  readonly address: string;
  readonly userAgent: string | undefined;
}

interface LastSeen {
  readonly userId: string;
  readonly deviceId: string;
  readonly address: string;
  /** Milliseconds since 1970. */
  readonly ts: number;
  readonly userAgent: string | null;
}

export class Sessions {
  readonly #env: ObjectEnv;
  readonly #neighbours: AccountsNeighbours;
  readonly #devices: DeviceStore;
  readonly #others: OtherTokenStore;
  readonly #tokens: Tokens;
  readonly #known = new Map<
    string,
    readonly { readonly deviceId: string; readonly displayName: string | undefined }[]
  >();
  readonly #sessions = new Map<string, number | undefined>();
  readonly #seen = new Map<string, number>();
  /** What is still to be written of it. */
  readonly #unwritten = new Map<string, LastSeen>();

  constructor(env: ObjectEnv, neighbours: AccountsNeighbours) {
    this.#env = env;
    this.#neighbours = neighbours;
    this.#devices = new DeviceStore(env.sql, env.owner);
    this.#others = new OtherTokenStore(env.sql, env.owner);
    this.#tokens = new Tokens(env, this.#devices, this.#others);
  }

  /** A user's devices, from memory once they were asked for. */
  of(userId: string): readonly { readonly deviceId: string; readonly displayName: string | undefined }[] {
    let known = this.#known.get(userId);
    if (!known) {
      known = this.#devices
        .all(userId)
        .map((row) => ({ deviceId: row.device_id, displayName: row.display_name ?? undefined }));
      this.#known.set(userId, known);
    }
    return known;
  }

  list(userId: string): readonly Device[] {
    return this.#devices.all(userId).map((row) => this.#deviceOf(userId, row));
  }

  /** Throws 404 M_NOT_FOUND. */
  one(userId: string, deviceId: string): Device {
    const row = this.#devices.get(userId, deviceId);
    if (!row) throw notFound('There is no such device.');
    return this.#deviceOf(userId, row);
  }

  /** Whether the device is there and nobody has signed in on it anew since. */
  isOpen(userId: string, deviceId: string, session: number | undefined): boolean {
    const key = keyOf(userId, deviceId);
    if (!this.#sessions.has(key)) this.#sessions.set(key, this.#devices.get(userId, deviceId)?.session);
    const now = this.#sessions.get(key);
    return now !== undefined && (session === undefined || session === now);
  }

  /** `check` is called in the commit and throws if the session may not be opened after all. */
  open(wanted: WantedDevice, check: () => void): OpenedSession {
    const { userId } = wanted;
    const deviceId = wanted.deviceId ?? this.#newDeviceId();
    if (!this.#neighbours.mayBeDeviceId(userId, deviceId))
      throw forbidden('A device id must be neither a cross-signing key nor of the dehydrated device.');
    this.#neighbours.positions.prepare();
    let superfluous: readonly string[] = [];
    this.#writeSeen();
    const made = this.#env.sql.transaction((): Omit<OpenedSession, 'userId' | 'deviceId'> => {
      check();
      if (this.#devices.get(userId, deviceId)) {
        this.#devices.deleteTokens(userId, deviceId);
        this.#others.deleteOfDevice(userId, deviceId);
        this.#neighbours.endSession(userId, deviceId);
        this.#devices.beginSession(userId, deviceId);
      } else {
        superfluous = this.#remove(userId, this.#devices.seenLongestAgo(userId, DEVICES_KEPT - 1));
        const born = this.#neighbours.positions.take();
        this.#devices.insert(userId, deviceId, wanted.displayName?.slice(0, DEVICE_NAME_LENGTH) ?? null, born);
      }
      return wanted.refreshable
        ? this.#tokens.makePair(userId, deviceId, 1)
        : { accessToken: this.#tokens.make(userId, deviceId) };
    });
    this.#removed(userId, superfluous);
    this.#forget(userId, deviceId);
    // Whoever waits with a token of an earlier login is told so.
    this.#neighbours.ring(userId);
    return { userId, deviceId, ...made };
  }

  /** Throws 401 M_UNKNOWN_TOKEN. */
  owner(accessToken: string): TokenOwner {
    return this.#tokens.owner(accessToken);
  }

  /**
   * Notes a device's last address and time. It is written later, in a turn of its own: a request that only reads must not fail
   * because nothing can be written.
   */
  noteSeen(userId: string, deviceId: string, seen: Seen): void {
    const key = keyOf(userId, deviceId);
    const now = this.#env.clock.monotonic();
    const last = this.#seen.get(key);
    if (last !== undefined && now - last < SEEN_EVERY_MS) return;
    this.#seen.set(key, now);
    const [address, ts, userAgent] = [seen.address.slice(0, 64), this.#env.clock.now(), seen.userAgent?.slice(0, 256)];
    if (this.#unwritten.size === 0) this.#env.clock.timer(SEEN_LATER_MS, () => this.#writeSeen());
    this.#unwritten.set(key, { userId, deviceId, address, ts, userAgent: userAgent ?? null });
  }

  #writeSeen(): void {
    if (this.#unwritten.size === 0) return;
    this.#env.sql.transaction(() => {
      for (const { userId, deviceId, address, ts, userAgent } of this.#unwritten.values())
        this.#devices.seen(userId, deviceId, address, ts, userAgent);
    });
    this.#unwritten.clear();
  }

  refresh(refreshToken: string): TokenPair {
    return this.#tokens.refresh(refreshToken);
  }

  ownerOfRefresh(refreshToken: string): string | undefined {
    return this.#tokens.ownerOfRefresh(refreshToken);
  }

  rename(userId: string, deviceId: string, displayName: string | undefined): void {
    this.#neighbours.positions.prepare();
    this.#env.sql.transaction(() => {
      if (!this.#devices.get(userId, deviceId)) throw notFound('There is no such device.');
      if (displayName === undefined) return;
      this.#devices.rename(userId, deviceId, displayName);
      this.#neighbours.noteDeviceChange(userId);
    });
    this.#known.delete(userId);
    this.#neighbours.devicesRemoved(userId, []);
  }

  /** Deletes devices in a commit of which `more` is a part. Unknown ones are left out. */
  delete(userId: string, deviceIds: readonly string[], more: () => void = () => undefined): void {
    this.#neighbours.positions.prepare();
    const gone = this.#env.sql.transaction(() => {
      more();
      return this.#remove(userId, deviceIds);
    });
    this.#known.delete(userId);
    this.#removed(userId, gone);
  }

  /** Inside a transaction. Answers the devices that there were. */
  #remove(userId: string, deviceIds: readonly string[]): readonly string[] {
    const gone = deviceIds.filter((deviceId) => this.#devices.delete(userId, deviceId));
    for (const deviceId of gone) {
      this.#others.deleteOfDevice(userId, deviceId);
      this.#neighbours.endSession(userId, deviceId);
      this.#neighbours.removeDevice(userId, deviceId);
    }
    if (gone.length > 0) this.#neighbours.noteDeviceChange(userId);
    return gone;
  }

  /** After the transaction. */
  #removed(userId: string, deviceIds: readonly string[]): void {
    for (const deviceId of deviceIds) {
      this.#forget(userId, deviceId);
      this.#seen.delete(keyOf(userId, deviceId));
    }
    if (deviceIds.length > 0) this.#neighbours.devicesRemoved(userId, deviceIds);
  }

  /** All devices of a user but one. */
  others(userId: string, but: string | undefined): string[] {
    return this.#devices
      .all(userId)
      .map((row) => row.device_id)
      .filter((deviceId) => deviceId !== but);
  }

  /** A token for one login or for OpenID; it ends with the device. Throws 401 M_UNKNOWN_TOKEN if that has gone meanwhile. */
  makeToken(
    kind: 'login' | 'openid',
    userId: string,
    deviceId: string,
  ): { readonly token: string; readonly expiresInMs: number } {
    const expiresInMs = kind === 'login' ? LOGIN_TOKEN_MS : OPENID_TOKEN_MS;
    const token = otherTokenText(kind, Number(this.#env.name), encodeBase64Url(this.#env.random.bytes(32)));
    const now = this.#env.clock.now();
    this.#env.sql.transaction(() => {
      this.#others.prune(kind, userId, deviceId, now, TOKENS_KEPT - 1);
      this.#others.insert(kind, hashed(token), { userId, deviceId }, 0, now + expiresInMs);
    });
    return { token, expiresInMs };
  }

  /** Whose token it is, if it is good. */
  ownerOfToken(kind: 'login' | 'openid', token: string): string | undefined {
    const row = this.#others.get(kind, hashed(token));
    return row && (row.expires_at ?? 0) > this.#env.clock.now() ? row.user_id : undefined;
  }

  /** Ends a login token, inside a transaction. */
  spendToken(kind: 'login', token: string): void {
    this.#others.delete(kind, hashed(token));
  }

  #deviceOf(userId: string, row: DeviceRow): Device {
    const seen = this.#unwritten.get(keyOf(userId, row.device_id));
    return {
      deviceId: row.device_id,
      displayName: row.display_name ?? undefined,
      lastSeenIp: seen?.address ?? row.last_seen_ip ?? undefined,
      lastSeenTs: seen?.ts ?? row.last_seen_ts ?? undefined,
      userAgent: (seen ? seen.userAgent : row.user_agent) ?? undefined,
    };
  }

  #forget(userId: string, deviceId: string): void {
    this.#tokens.forget(userId, deviceId);
    this.#sessions.delete(keyOf(userId, deviceId));
    this.#known.delete(userId);
  }

  #newDeviceId(): string {
    // 26 does not divide 256; the first letters being likelier by a tenth takes nothing from an id that is no secret.
    return [...this.#env.random.bytes(DEVICE_ID_LENGTH)]
      .map((byte) => DEVICE_ID_CHARACTERS[byte % DEVICE_ID_CHARACTERS.length])
      .join('');
  }
}

/** A user id has no space. */
function keyOf(userId: string, deviceId: string): string {
  return `${userId} ${deviceId}`;
}
