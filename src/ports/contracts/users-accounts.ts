// Accounts, sessions, devices, profiles. Passwords arrive hashed: hashing is slow and belongs to the front.
import type { Json, JsonObject } from '../../spec/json.ts';
import type { RateLimitClass } from '../../spec/rate-limits/classes.ts';
import type { Requester } from './requester.ts';
import type { Profile } from './room.ts';

export interface UsersAccounts {
  /**
   * Makes the account with its display name and, if one is wanted, its first session, whose tokens it answers: all of it in one
   * commit. Throws 400 M_USER_IN_USE if it exists.
   */
  createAccount(account: NewAccountRecord): Promise<OpenedSession | undefined>;
  /**
   * Makes a guest's account, whose session asks, one of a user. Throws 403 M_FORBIDDEN if it is no guest's. Its devices,
   * keys and rooms stay.
   */
  upgradeGuest(by: Requester, passwordHash: string): Promise<void>;
  /** Undefined if there is no such account; a deactivated one is there. */
  accountMade(userId: string): Promise<{ readonly registeredBy: string | undefined } | undefined>;
  /** For a password check: undefined hash for an account without password; undefined if there is none. */
  passwordRecord(userId: string): Promise<AccountRecord | undefined>;

  /**
   * Opens a session: a new device, or the one named, whose earlier tokens end and whose display name stays. Throws 403
   * M_FORBIDDEN if the device id equals a cross-signing public key, or if the proof is good no more; 401 M_USER_LOCKED.
   */
  openSession(session: NewSession): Promise<OpenedSession>;
  /** New tokens for a refresh token. Throws 401 M_UNKNOWN_TOKEN or M_USER_LOCKED. */
  refreshSession(refreshToken: string): Promise<RefreshedSession>;
  /**
   * Whose token it is. Throws 401 M_UNKNOWN_TOKEN, and 429 M_LIMIT_EXCEEDED if the user has asked too often for what is
   * counted as `countsAs`. Notes the device's last address and time, lazily.
   */
  authenticate(accessToken: string, seen: SeenRequest): Promise<Authenticated>;
  logout(by: Requester): Promise<void>;
  logoutAll(by: Requester): Promise<void>;

  devices(by: Requester): Promise<readonly Device[]>;
  /** Throws 404 M_NOT_FOUND. */
  device(by: Requester, deviceId: string): Promise<Device>;
  renameDevice(by: Requester, deviceId: string, displayName: string | undefined): Promise<void>;
  /** Deletes devices with their tokens, keys and to-device messages; unknown ones are left out silently. */
  deleteDevices(by: Requester, deviceIds: readonly string[]): Promise<void>;

  /** Sets a new password; with `logoutDevices` all other devices go. Throws 403 if `proven` is the hash no more. */
  changePassword(
    by: Requester,
    change: { readonly proven: string; readonly passwordHash: string; readonly logoutDevices: boolean },
  ): Promise<void>;
  /**
   * Ends the account: sessions, keys, profile and data go in one commit, its rooms are left soon after, whatever happens.
   * With `erase`, who comes into those rooms later sees its events redacted. Throws 403 if `proven` is the hash no more.
   */
  deactivate(by: Requester, wanted: { readonly proven: string; readonly erase: boolean }): Promise<void>;
  /** Undefined if there is no such account. */
  standing(userId: string): Promise<Standing | undefined>;
  /** Throws 404 M_NOT_FOUND for no account or a deactivated one, 403 M_FORBIDDEN for an administrator's. */
  setStanding(userId: string, change: { readonly locked?: boolean; readonly suspended?: boolean }): Promise<Standing>;

  /** A token for one login by somebody else, or for OpenID. It ends with the device that asked for it. */
  createToken(
    by: Requester,
    kind: 'login' | 'openid',
  ): Promise<{ readonly token: string; readonly expiresInMs: number }>;
  /** Whose OpenID token it is; undefined if it is not good. */
  openIdUser(token: string): Promise<string | undefined>;

  /** Throws 404 M_NOT_FOUND if there is no such user. */
  profile(userId: string): Promise<JsonObject>;
  /** What member events carry of the profile. Throws 403 M_FORBIDDEN for a deactivated account, which joins nothing. */
  memberProfile(userId: string): Promise<Profile>;
  /** Sets one profile field (undefined removes it) and has the user's member events follow, in the background. */
  setProfileField(by: Requester, key: string, value: Json | undefined): Promise<void>;

  /**
   * User-interactive authentication: a session is bound to one operation (and what it acts on) and, if signed in, to the
   * user. It remembers the first body, and ends after 15 minutes or with its one use.
   */
  openUiaSession(session: {
    readonly operation: string;
    readonly userId: string | undefined;
    readonly body: JsonObject;
  }): Promise<{ readonly session: string }>;
  /** Undefined if there is none for that operation and user. */
  uiaSession(
    session: string,
    operation: string,
    userId: string | undefined,
  ): Promise<{ readonly completed: readonly string[]; readonly body: JsonObject } | undefined>;
  /** The session, whatever it is for. */
  uiaSessionFor(
    session: string,
  ): Promise<{ readonly completed: readonly string[]; readonly userId: string | undefined } | undefined>;
  completeUiaStage(session: string, stage: string): Promise<{ readonly completed: readonly string[] }>;
  /** Ends the session; false if it was ended already (so that it authorises one operation once). */
  endUiaSession(session: string): Promise<boolean>;
}

/** What a request says of its device. */
export interface SeenRequest {
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly countsAs: RateLimitClass | undefined;
}

export interface NewAccountRecord {
  readonly userId: string;
  readonly passwordHash: string | undefined;
  readonly admin: boolean;
  readonly guest?: boolean;
  /** The authentication session that registered it, which may hold a registration token. */
  readonly registeredBy?: string | undefined;
  /** The localpart if it is left out. */
  readonly displayName?: string | undefined;
  /** The device to sign in on; undefined: none. */
  readonly device?: NewDevice | undefined;
}

export interface AccountRecord {
  readonly passwordHash: string | undefined;
  readonly deactivated: boolean;
}

/** Who asks, and what may be asked. */
export interface Authenticated extends Requester {
  readonly admin: boolean;
  readonly guest: boolean;
  readonly locked: boolean;
  readonly suspended: boolean;
}

/** https://spec.matrix.org/v1.19/client-server-api/#account-moderation */
export interface Standing {
  readonly admin: boolean;
  readonly guest: boolean;
  readonly locked: boolean;
  readonly suspended: boolean;
  readonly deactivated: boolean;
}

export interface NewDevice {
  readonly deviceId: string | undefined;
  readonly initialDeviceDisplayName: string | undefined;
  /** Whether the client can refresh its access token, which then expires. */
  readonly refreshable: boolean;
}

export interface NewSession extends NewDevice {
  readonly userId: string;
  /** Why it may be opened, looked at once more when it is. A login token tells the user and is used up. */
  readonly proof:
    | { readonly kind: 'new-account' }
    | { readonly kind: 'password'; readonly passwordHash: string }
    | { readonly kind: 'token'; readonly token: string };
}

export interface OpenedSession {
  readonly userId: string;
  readonly deviceId: string;
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly expiresInMs?: number;
}

export interface RefreshedSession {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInMs: number;
}

export interface Device {
  readonly deviceId: string;
  readonly displayName: string | undefined;
  readonly lastSeenIp: string | undefined;
  readonly lastSeenTs: number | undefined;
  readonly userAgent: string | undefined;
}
