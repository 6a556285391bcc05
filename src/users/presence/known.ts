// One user as others are told of them: one of ours, or one of another group as that has said.
import type { PresenceEntry } from '../../ports/contracts/users-presence.ts';
import type { Profile } from '../../ports/contracts/room.ts';
import type { PresenceRow } from './store/presence.ts';
import { type Shown, UserPresence } from './user-presence.ts';

export class Known {
  /** Where in the ephemeral order the user changed last; 0 before anything was told. */
  at = 0;
  /** Undefined for another group's. */
  readonly own: UserPresence | undefined;
  statusMsg: string | undefined;
  /** What member events carry of the profile; undefined until it is needed. */
  profile: Profile | undefined;
  /** What was told, or is about to be. */
  shown: Shown = { presence: 'offline', currentlyActive: false };
  /** Whether it is written down that the user is there. */
  online = false;
  readonly #lastActive: number | undefined;
  #savedActive: number | undefined;

  constructor(own: UserPresence | undefined, lastActive: number | undefined) {
    this.own = own;
    this.#lastActive = lastActive;
    this.#savedActive = lastActive;
  }

  /** One of ours. `lastActive` is on the monotonic clock. */
  static ours(goneAfterMs: number, lastActive: number | undefined): Known {
    return new Known(new UserPresence(goneAfterMs, lastActive), lastActive);
  }

  static told(entry: PresenceEntry, now: number): Known {
    const { presence, currentlyActive, lastActiveAgo, statusMsg, displayName, avatarUrl } = entry;
    const known = new Known(undefined, lastActiveAgo === undefined ? undefined : now - lastActiveAgo);
    known.shown = { presence, currentlyActive };
    known.statusMsg = statusMsg;
    known.profile = { displayName, avatarUrl };
    return known;
  }

  get isThere(): boolean {
    return this.shown.presence !== 'offline';
  }

  /** When the user was last active, on the monotonic clock. */
  get lastActive(): number | undefined {
    return this.own === undefined ? this.#lastActive : this.own.lastActive;
  }

  /** Whether what is written down of one of ours is what it should be: of who is there, activity is written when they go. */
  get isSaved(): boolean {
    if (this.own === undefined) return true;
    return this.online === this.isThere && (this.isThere || this.own.lastActive === this.#savedActive);
  }

  /** Notes that the row was written. */
  saved(row: PresenceRow): void {
    this.online = row.online === 1;
    this.statusMsg = row.status_msg ?? undefined;
    this.#savedActive = this.lastActive;
  }

  row(userId: string, clock: { now(): number; monotonic(): number }, statusMsg = this.statusMsg): PresenceRow {
    const { lastActive } = this;
    return {
      user_id: userId,
      status_msg: statusMsg || null,
      last_active: lastActive === undefined ? null : Math.round(clock.now() - (clock.monotonic() - lastActive)),
      online: this.isThere ? 1 : 0,
    };
  }

  /** What the user is now, be it told or not. */
  entry(userId: string, now: number, profileOf: (userId: string) => Profile): PresenceEntry {
    const { lastActive } = this;
    this.profile ??= profileOf(userId);
    return {
      userId,
      ...(this.own?.shown(now) ?? this.shown),
      lastActiveAgo: lastActive === undefined ? undefined : Math.max(0, Math.round(now - lastActive)),
      statusMsg: this.statusMsg,
      ...this.profile,
    };
  }
}
