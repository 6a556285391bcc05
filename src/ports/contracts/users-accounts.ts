// Accounts, sessions, devices, profiles. Passwords arrive hashed: hashing is slow and belongs to the front.
import type { Json, JsonObject } from '../../spec/json.ts';
import type { RateLimitClass } from '../../spec/rate-limits/classes.ts';
import type { Requester } from './requester.ts';
import type { Profile } from './room.ts';

export interface UsersAccounts {
  /** Makes the account. Throws 400 M_USER_IN_USE if it exists. */
  createAccount(account: {
    readonly userId: string;
    readonly passwordHash: string | undefined;
    readonly admin: boolean;
  }): Promise<void>;
  accountExists(userId: string): Promise<boolean>;
  /** For a password check: undefined hash for an account without password; undefined if there is none. */
  passwordRecord(
    userId: string,
  ): Promise<{ readonly passwordHash: string | undefined; readonly deactivated: boolean } | undefined>;

  /**
   * Opens a session: a new device, or the one named, whose earlier tokens end and whose display name stays.
   * Throws 403 M_FORBIDDEN if the device id equals a cross-signing public key.
   */
  openSession(session: NewSession): Promise<{ readonly accessToken: string; readonly deviceId: string }>;
  /**
   * Whose token it is. Throws 401 M_UNKNOWN_TOKEN, and 429 M_LIMIT_EXCEEDED if the user has asked too often for what is
   * counted as `countsAs`. Notes the device's last address and time, lazily.
   */
  authenticate(accessToken: string, seen: SeenRequest): Promise<Requester & { readonly admin: boolean }>;
  logout(by: Requester): Promise<void>;
  logoutAll(by: Requester): Promise<void>;

  devices(by: Requester): Promise<readonly Device[]>;
  /** Throws 404 M_NOT_FOUND. */
  device(by: Requester, deviceId: string): Promise<Device>;
  renameDevice(by: Requester, deviceId: string, displayName: string | undefined): Promise<void>;
  /** Deletes devices with their tokens, keys and to-device messages; unknown ones are left out silently. */
  deleteDevices(by: Requester, deviceIds: readonly string[]): Promise<void>;

  /** Throws 404 M_NOT_FOUND if there is no such user. */
  profile(userId: string): Promise<JsonObject>;
  /** What member events carry of the profile. */
  memberProfile(userId: string): Promise<Profile>;
  /** Sets one profile field (undefined removes it) and has the user's member events follow, in the background. */
  setProfileField(by: Requester, key: string, value: Json | undefined): Promise<void>;

  /**
   * User-interactive authentication: a session is bound to one operation (and what it acts on) and, if signed in, to the
   * user. It remembers the first body, counts failures, and ends after 15 minutes or with its one use.
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

export interface NewSession {
  readonly userId: string;
  readonly deviceId: string | undefined;
  readonly initialDeviceDisplayName: string | undefined;
}

export interface Device {
  readonly deviceId: string;
  readonly displayName: string | undefined;
  readonly lastSeenIp: string | undefined;
  readonly lastSeenTs: number | undefined;
}
