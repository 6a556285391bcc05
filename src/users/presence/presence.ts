// The presence part of a Users object. It lives in memory: a /sync writes nothing, and what changes has an ephemeral position in
// the stream. Changes are told in batches, so that a crowd that comes and goes wakes everybody once a second at most.
// https://spec.matrix.org/v1.19/client-server-api/#presence
import type { Requester } from '../../ports/contracts/requester.ts';
import type { Profile } from '../../ports/contracts/room.ts';
import type {
  PresenceEntry,
  PresenceState,
  SyncPresence,
  UsersPresence,
} from '../../ports/contracts/users-presence.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import { forbidden, notFound } from '../../spec/errors.ts';
import type { RoomsView } from '../stream/rooms-view.ts';
import type { RoomView } from '../stream/room-view.ts';
import { Known } from './known.ts';
import { OtherGroups } from './other-groups.ts';
import { PresenceStore } from './store/presence.ts';

/** A device is gone so long after the last poll could have ended. */
const GONE_AFTER_POLL_MS = 30_000;
/** The least time between two batches, and what each who is woken adds to it: a crowd is woken less often. */
const TELL_EVERY_MS = 1000;
const WAKING_MS = 10;
/** How often is looked at who has gone or become idle meanwhile. */
const LOOK_EVERY_MS = 5000;
/** How often it is written down who is there. */
const WRITE_EVERY_MS = 60_000;

/** What presence needs of the other parts. */
export interface PresenceNeighbours {
  isOurs(userId: string): boolean;
  /** Throws 401 for a session that has ended since the request came. */
  demandSession(by: Requester): void;
  profileOf(userId: string): Profile;
  readonly rooms: Pick<RoomsView, 'share' | 'joinedBy' | 'localMembers' | 'movedSince' | 'latestFor'>;
  /** The next ephemeral position. */
  nextEphemeral(): number;
}

export class Presence implements UsersPresence {
  readonly #env: ObjectEnv;
  readonly #neighbours: PresenceNeighbours;
  readonly #store: PresenceStore;
  readonly #others: OtherGroups;
  readonly #users = new Map<string, Known>();
  /** By user of this group: the ephemeral position of the last change that concerns them. */
  readonly #heardAt = new Map<string, number>();
  readonly #changed = new Set<string>();
  /** Who of them hears of it too: what a poll says of its own device is no news to it. */
  readonly #saidSo = new Set<string>();
  readonly #goneAfterMs: number;
  readonly #boot: number;
  #toldAt = -Infinity;
  #tellEveryMs = TELL_EVERY_MS;
  #telling = false;
  #looking = false;
  #writtenAt: number;

  constructor(env: ObjectEnv, neighbours: PresenceNeighbours) {
    this.#env = env;
    this.#neighbours = neighbours;
    this.#store = new PresenceStore(env.sql, env.owner);
    this.#goneAfterMs = env.settings.syncTimeoutMs + GONE_AFTER_POLL_MS;
    this.#others = new OtherGroups(env, {
      entriesOf: (userIds) => [...userIds].flatMap((userId) => this.#entryOf(userId) ?? []),
      told: () => [...this.#users].flatMap(([userId, user]) => (user.own !== undefined && user.at > 0 ? userId : [])),
      take: (entries) => {
        this.#take(entries);
      },
    });
    this.#boot = env.settings.presence ? env.clock.monotonic() : 0;
    this.#writtenAt = this.#boot;
    if (env.settings.presence) this.#load();
  }

  async setPresence(by: Requester, state: PresenceState, statusMsg: string | null | undefined): Promise<void> {
    if (!this.#env.settings.presence) return;
    this.#neighbours.demandSession(by);
    const user = this.#own(by.userId);
    if (statusMsg !== undefined && (statusMsg || undefined) !== user.statusMsg) {
      const row = user.row(by.userId, this.#env.clock, statusMsg ?? '');
      this.#env.sql.transaction(() => {
        this.#store.put(row);
      });
      user.saved(row);
      this.#changed.add(by.userId);
    }
    this.#saidSo.add(by.userId);
    user.own?.say(by.deviceId ?? '', state, this.#env.clock.monotonic());
    this.#look(by.userId, user);
  }

  async presenceOf(by: Requester, userId: string): Promise<PresenceEntry> {
    if (!this.#neighbours.isOurs(userId)) throw notFound('There is no such user.');
    if (userId !== by.userId && !this.#neighbours.rooms.share(by.userId, userId))
      throw forbidden('You share no room with this user.');
    return this.#entryOf(userId) ?? offline(userId, this.#neighbours.profileOf(userId));
  }

  async applyPresence(entries: readonly PresenceEntry[]): Promise<void> {
    if (this.#env.settings.presence) this.#take(entries);
  }

  async currentPresence(): Promise<readonly PresenceEntry[]> {
    return [...this.#users].flatMap(([userId, user]) =>
      user.own !== undefined && user.isThere ? (this.#entryOf(userId) ?? []) : [],
    );
  }

  /** A /sync of one of our users begins, goes on or ends. */
  noteSync(by: Requester, { set }: SyncPresence): void {
    if (!this.#env.settings.presence) return;
    this.#others.begin();
    const known = this.#users.get(by.userId);
    // Who does not say that they are there needs no place in memory.
    if (known === undefined && (set === undefined || set === 'offline')) return;
    const user = known ?? this.#own(by.userId);
    user.own?.sync(by.deviceId ?? '', set, this.#env.clock.monotonic());
    this.#look(by.userId, user);
  }

  /** One of our users did something that others see. */
  noteActive(userId: string): void {
    const user = this.#users.get(userId);
    if (user?.own === undefined) return;
    user.own.active(this.#env.clock.monotonic());
    this.#look(userId, user);
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#events-on-change-of-profile-information */
  noteProfile(userId: string): void {
    if (!this.#env.settings.presence || !this.#neighbours.isOurs(userId)) return;
    const user = this.#own(userId);
    user.profile = undefined;
    this.#saidSo.add(userId);
    this.#change(userId);
  }

  /** Forgets a user, inside a transaction. Their rooms are left, so that nobody is to hear of it. */
  removeUser(userId: string): void {
    this.#store.remove(userId);
    this.#users.delete(userId);
    this.#heardAt.delete(userId);
    this.#changed.delete(userId);
    this.#saidSo.delete(userId);
  }

  /** The ephemeral position of the last change that concerns a user; costs nothing. */
  heardAt(userId: string): number {
    return this.#heardAt.get(userId) ?? 0;
  }

  /**
   * Who has changed after an ephemeral position (undefined: who is there at all), and who has come to share a room since a
   * position of the stream, leaving out whom the user shares no room with.
   */
  changes(userId: string, since: number | undefined, pos: number): PresenceEntry[] {
    const { rooms } = this.#neighbours;
    const found = new Set<string>();
    if (since === undefined || this.heardAt(userId) > since) {
      for (const [other, known] of this.#users) {
        const wanted = since === undefined ? known.isThere : known.at > since;
        if (wanted && (other === userId || rooms.share(userId, other))) found.add(other);
      }
    }
    if (since !== undefined && rooms.latestFor(userId) > pos) {
      for (const room of rooms.movedSince(userId, pos))
        if (room.membersAt > pos) for (const other of this.#metIn(room, userId, pos)) found.add(other);
    }
    return [...found].flatMap((other) => this.#entryOf(other) ?? []);
  }

  /** Who is there and has come to share a room with a user after a position, by one of the two joining it. */
  *#metIn(room: RoomView, userId: string, pos: number): Iterable<string> {
    const own = room.members.get(userId);
    if (own?.membership !== 'join') return;
    if (own.since > pos) {
      for (const [other, known] of this.#users) if (room.isJoined(other) && known.isThere) yield other;
      return;
    }
    for (const member of room.changedAfter(pos)) {
      const known = this.#users.get(member.userId);
      if (known && known.isThere && member.membership === 'join' && member.since > pos) yield member.userId;
    }
  }

  #load(): void {
    const [now, wall] = [this.#env.clock.monotonic(), this.#env.clock.now()];
    for (const row of this.#store.all()) {
      const lastActive = row.last_active === null ? undefined : now - Math.max(0, wall - row.last_active);
      const user = Known.ours(this.#goneAfterMs, lastActive);
      user.saved(row);
      this.#users.set(row.user_id, user);
      // Who was there and does not come back is told of as gone.
      if (user.online) this.#startLooking();
    }
  }

  #own(userId: string): Known {
    const known = this.#users.get(userId) ?? Known.ours(this.#goneAfterMs, undefined);
    this.#users.set(userId, known);
    return known;
  }

  /** Looks whether a user shows something else than what was told. */
  #look(userId: string, user: Known): void {
    if (user.own === undefined) return;
    const shown = user.own.shown(this.#env.clock.monotonic());
    const isNew = shown.presence !== user.shown.presence || shown.currentlyActive !== user.shown.currentlyActive;
    user.shown = shown;
    if (user.isThere) this.#startLooking();
    if (isNew || this.#changed.has(userId)) this.#change(userId);
  }

  #startLooking(): void {
    if (this.#looking) return;
    this.#looking = true;
    this.#env.clock.timer(LOOK_EVERY_MS, () => {
      this.#looking = false;
      this.#lookAround();
    });
  }

  /** As long as somebody is there, or was when we last wrote, this comes back. */
  #lookAround(): void {
    const now = this.#env.clock.monotonic();
    for (const [userId, user] of this.#users) {
      this.#look(userId, user);
      const missing = user.online && user.at === 0 && now - this.#boot >= this.#goneAfterMs;
      if (missing) this.#change(userId);
      if (!user.isSaved) this.#startLooking();
    }
    this.#others.tell();
    if (now - this.#writtenAt < WRITE_EVERY_MS) return;
    this.#writtenAt = now;
    this.#writeDown(now);
  }

  /** Who has come or gone since the last time, in one commit. */
  #writeDown(now: number): void {
    // Of who was there before we began is not known yet whether they are gone.
    const isKnown = (user: Known): boolean => user.at > 0 || now - this.#boot >= this.#goneAfterMs;
    const due = [...this.#users]
      .filter(([, user]) => !user.isSaved && isKnown(user))
      .map(([userId, user]) => ({ user, row: user.row(userId, this.#env.clock) }));
    if (due.length === 0) return;
    this.#env.sql.transaction(() => {
      for (const { row } of due) this.#store.put(row);
    });
    for (const { user, row } of due) user.saved(row);
  }

  /** Has a change told: at once, or with the others of the same second. */
  #change(userId: string): void {
    this.#changed.add(userId);
    if (this.#telling) return;
    const { clock } = this.#env;
    const wait = this.#toldAt + this.#tellEveryMs - clock.monotonic();
    if (wait <= 0) {
      this.#tell();
      return;
    }
    this.#telling = true;
    clock.timer(wait, () => {
      this.#telling = false;
      this.#tell();
    });
  }

  #tell(): void {
    this.#toldAt = this.#env.clock.monotonic();
    const userIds = [...this.#changed];
    this.#changed.clear();
    this.#others.add(userIds.filter((userId) => this.#users.get(userId)?.own !== undefined));
    this.#hear(userIds);
  }

  /** What another group tells. */
  #take(entries: readonly PresenceEntry[]): void {
    const now = this.#env.clock.monotonic();
    for (const entry of entries) {
      if (this.#neighbours.isOurs(entry.userId)) continue;
      this.#users.set(entry.userId, Known.told(entry, now));
      this.#change(entry.userId);
    }
  }

  /** Gives changes their position and wakes those whom they concern: at most as much work as there are members of rooms. */
  #hear(userIds: readonly string[]): void {
    if (userIds.length === 0) return;
    const { rooms, nextEphemeral } = this.#neighbours;
    const at = nextEphemeral();
    const hearers = new Set<string>();
    // By room: who in it has changed, if it is one alone.
    const changedIn = new Map<RoomView, string | undefined>();
    for (const userId of userIds) {
      const user = this.#users.get(userId);
      if (user) user.at = at;
      if (this.#saidSo.delete(userId)) hearers.add(userId);
      for (const room of rooms.joinedBy(userId)) changedIn.set(room, changedIn.has(room) ? undefined : userId);
    }
    for (const [room, alone] of changedIn)
      for (const local of rooms.localMembers(room)) if (local !== alone) hearers.add(local);
    for (const hearer of hearers) this.#heardAt.set(hearer, at);
    this.#tellEveryMs = Math.max(TELL_EVERY_MS, hearers.size * WAKING_MS);
    this.#env.bell.ring([...hearers]);
  }

  #entryOf(userId: string): PresenceEntry | undefined {
    return this.#users.get(userId)?.entry(userId, this.#env.clock.monotonic(), this.#neighbours.profileOf);
  }
}

function offline(userId: string, profile: Profile): PresenceEntry {
  return {
    userId,
    presence: 'offline',
    lastActiveAgo: undefined,
    currentlyActive: false,
    statusMsg: undefined,
    ...profile,
  };
}
