// Who is there: what a group's users say and show of it, and what other groups tell. None of it is durable but the status message,
// when somebody was last active, and who was there last.
import type { Requester } from './requester.ts';

export type PresenceState = 'online' | 'unavailable' | 'offline';

export interface UsersPresence {
  /** Says that the user is there or not. A status message of `null` goes, one that is not named stays. */
  setPresence(by: Requester, state: PresenceState, statusMsg: string | null | undefined): Promise<void>;
  /** Throws 404 M_NOT_FOUND if there is no such user in this group, 403 M_FORBIDDEN unless the two share a room. */
  presenceOf(by: Requester, userId: string): Promise<PresenceEntry>;
  /** Users of another group have changed. Told in order, and again if it failed. */
  applyPresence(entries: readonly PresenceEntry[]): Promise<void>;
  /** The group's users who are not offline, for a group that has begun anew. */
  currentPresence(): Promise<readonly PresenceEntry[]>;
}

/** What an m.presence event says of a user. */
export interface PresenceEntry {
  readonly userId: string;
  readonly presence: PresenceState;
  /** Milliseconds, when this was made; undefined if the user was never active. */
  readonly lastActiveAgo: number | undefined;
  /** Whether the user was active just now, and nothing more is told of it while that is so. */
  readonly currentlyActive: boolean;
  readonly statusMsg: string | undefined;
  readonly displayName: string | undefined;
  readonly avatarUrl: string | undefined;
}

/** What a /sync does with presence. */
export interface SyncPresence {
  /** What it says of its device; undefined if the same /sync has said so before. */
  readonly set: PresenceState | undefined;
  /** Whether the client wants to hear of others. */
  readonly hears: boolean;
}
