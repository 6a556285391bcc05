// Home: what there is once in a homeserver. Not on the way of ordinary requests: callers keep what they learn.
import type { JsonObject } from '../../spec/json.ts';
import type { HomeAliases, HomeDirectory } from './home-directory.ts';
import type { NewReport, Report } from './reports.ts';

/** A room that has not begun so long after its create event was drafted never will, so that what was kept for it is free again. */
export const CREATION_MS = 60_000;

/** Whether a room whose creation began then will never begin; a clock that was set back since has not made it younger. */
export function isCreationOver(beganAt: number, now: number): boolean {
  return Math.abs(now - beganAt) > CREATION_MS;
}

export interface HomeContract {
  readonly aliases: HomeAliases;
  readonly directory: HomeDirectory;

  /** Our current signing key, made at first use. `seed` is the 32-byte Ed25519 seed. Callers keep it in memory. */
  signingKey(): Promise<{ readonly keyId: string; readonly seed: Uint8Array }>;

  /** What we publish of our keys: 32 bytes each. `expiredTs`: since when, in milliseconds, a newer one signs in its place. */
  verifyKeys(): Promise<
    readonly { readonly keyId: string; readonly publicKey: Uint8Array; readonly expiredTs: number | undefined }[]
  >;

  /** The group that new accounts open in. Registration sessions live there. */
  openGroup(): Promise<number>;

  /** Whether a localpart may be claimed. Throws M_USER_IN_USE, M_INVALID_USERNAME or M_EXCLUSIVE if not. */
  checkLocalpart(localpart: string): Promise<void>;

  /**
   * Takes a localpart for an account about to be made in `group`. A claim that never became an account (a crash between
   * the two) is taken over by the next claim. Never reusable once confirmed, deactivated accounts included.
   */
  claimLocalpart(localpart: string, group: number): Promise<void>;
  /** The account is there. A registration token that `session`, which registered it, holds is used up with this. */
  confirmLocalpart(localpart: string, session: string | undefined): Promise<void>;
  /** The group of a local user; undefined if there is no such account. Fixed for life: callers keep it. */
  groupOf(userId: string): Promise<number | undefined>;
  /** All groups there are, in order. */
  groups(): Promise<readonly number[]>;

  /** Checks a registration token and holds one use of it for `session`; throws 403 M_FORBIDDEN if it is not good. */
  holdRegistrationToken(token: string, session: string): Promise<void>;
  /** Gives a use back, unless an account was made with it. */
  releaseRegistrationToken(session: string): Promise<void>;
  /** Counts the use that is held as made. */
  spendRegistrationToken(session: string): Promise<void>;
  registrationTokenValid(token: string): Promise<boolean>;
  createRegistrationToken(
    token: string | undefined,
    usesAllowed: number | undefined,
    expiresAt: number | undefined,
  ): Promise<{ readonly token: string }>;

  /** A nonce for shared-secret registration; `useNonce` tells once whether it was ours and fresh (60 s). */
  createNonce(): Promise<string>;
  useNonce(nonce: string): Promise<boolean>;

  /**
   * Builds and signs the create event of a new room and so names the room: for version 12 by the event's hash, else at
   * random. The room begins when `RoomContract.create` is called with it, within `CREATION_MS`. An alias is claimed for it
   * in the same commit, and is there once the room is; throws 400 M_ROOM_IN_USE if it is taken, and 403 M_FORBIDDEN if the sender
   * has begun as many rooms as one may, or has as many aliases.
   */
  draftCreateEvent(request: {
    readonly sender: string;
    readonly roomVersion: string;
    readonly content: JsonObject;
    readonly alias?: string;
    /** Whether the sender may have any number of rooms and aliases. */
    readonly unlimited?: boolean;
  }): Promise<{ readonly roomId: string; readonly pdu: JsonObject }>;
  /** A room that was drafted was refused by itself: it does not count as one that the sender began. */
  creationRefused(sender: string): Promise<void>;

  /**
   * The one room in which a user gets server notices. `pdu` is the create event of a room that is yet to begin, made as
   * `draftCreateEvent` does from `request`; everybody who asks gets the same one while the room can begin with it.
   */
  noticeRoom(
    userId: string,
    request: { readonly sender: string; readonly roomVersion: string; readonly content: JsonObject },
  ): Promise<{ readonly roomId: string; readonly pdu: JsonObject | undefined }>;

  /** Keeps a report of something inappropriate; the same twice in a row is one. */
  report(report: NewReport): Promise<void>;
  /** Reports with an id less than `before`, newest first. */
  reports(before: number | undefined, limit: number): Promise<readonly Report[]>;
}
