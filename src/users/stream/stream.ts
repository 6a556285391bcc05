// The stream part of a Users object: one order for everything that any of its users may have to see.
// https://spec.matrix.org/v1.19/client-server-api/#syncing
import { createHash } from 'node:crypto';
import { breath, type Timer } from '../../ports/clock.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type { LogEntry, MembershipEntry } from '../../ports/contracts/room.ts';
import type { News, NewsRequest, UsersStream } from '../../ports/contracts/users-stream.ts';
import type { SyncPresence } from '../../ports/contracts/users-presence.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import { DeviceLists } from './device-lists.ts';
import { membershipsAnew, readMemberships } from './new-epoch.ts';
import { NewsDesk, type NewsSources } from './news.ts';
import { type Note, noteText } from '../push/note.ts';
import { Positions } from './positions.ts';
import { deleteEntries, Pruning } from './pruning.ts';
import { withoutRedacted } from './redacted-invites.ts';
import { type Membership, membershipRow, type RoomView } from './room-view.ts';
import { RoomsView } from './rooms-view.ts';
import { StreamRows } from './store/stream-rows.ts';
import { readToken, type StreamToken } from './token.ts';

/** Who types in a room is believed for so long: a Room that was dropped from memory does not tell the end. Longer than a notice lasts. */
const TYPING_BELIEVED_MS = 150_000;
/** Memberships written before others have a turn. */
const WRITTEN_AT_ONCE = 2000;
/** More of a log is not read if nobody of the group was there. */
const LOG_READ_MAX = 200;

/** What the stream needs of the accounts. */
export interface StreamNeighbours {
  isOurs(userId: string): boolean;
  /** A membership of one of our users changed; called inside the transaction that notes it. */
  noteMembership(userId: string, roomId: string, membership: string): void;
  /** One of our users has sent an event. */
  noteActive(userId: string): void;
}

export class Stream implements UsersStream {
  readonly #env: ObjectEnv;
  readonly #rows: StreamRows;
  readonly #neighbours: StreamNeighbours;
  readonly #isOurs: (userId: string) => boolean;
  readonly positions: Positions;
  readonly rooms: RoomsView;
  readonly deviceLists: DeviceLists;
  readonly #boot: number;
  /** Rooms that are being read anew. */
  readonly #renewing = new Map<string, Promise<void>>();
  /** When it is no longer believed that somebody types in a room. */
  readonly #typingEnds = new Map<RoomView, Timer>();
  readonly #pruning: Pruning;
  #ephemeral = 0;
  #desk: NewsDesk | undefined;
  #given: NewsSources | undefined;

  constructor(env: ObjectEnv, neighbours: StreamNeighbours) {
    const isOurs = (userId: string): boolean => neighbours.isOurs(userId);
    this.#env = env;
    this.#neighbours = neighbours;
    this.#rows = new StreamRows(env.sql, env.owner);
    this.#isOurs = isOurs;
    this.positions = new Positions(env, this.#rows);
    this.rooms = new RoomsView(this.#rows, isOurs, this.positions.last);
    this.deviceLists = new DeviceLists(env, this.#rows, this.rooms, this.positions, isOurs);
    this.#pruning = new Pruning(env, this.#rows, {
      localMembers: (room) => this.rooms.localMembers(room),
      settle: (room, userId) => this.#sources().push.settle(room, userId),
      settled: (room) => this.#sources().push.settled(room),
    });
    this.#boot = createHash('sha256').update(env.random.bytes(16)).digest().readUInt32BE(0) >>> 1;
  }

  /** What /sync reads besides rooms; given once the other parts are there. */
  readFrom(sources: NewsSources): void {
    this.#given = sources;
    this.#desk = new NewsDesk(this.rooms, this.deviceLists, sources);
  }

  async apply(
    roomId: string,
    epoch: number,
    after: number,
    entries: readonly LogEntry[],
  ): Promise<{ readonly applied: number }> {
    for (let other = this.#renewing.get(roomId); other !== undefined; other = this.#renewing.get(roomId))
      await other.catch(() => undefined);
    if (this.#beginsAt(roomId, epoch, after)) await this.#readAnew(roomId, after);
    const known = this.rooms.get(roomId);
    const applied = known?.applied ?? 0;
    // Whoever tells of an epoch that is over has not heard of it yet.
    if (after > applied || (known && known.epoch !== epoch)) return { applied };
    const fresh = entries.filter((entry) => entry.roomPos > applied);
    if (fresh.length === 0) return { applied };
    this.positions.prepare();
    const { push } = this.#sources();
    const notes = push.judge(roomId, known, fresh);
    const { room, taken, changes, redacted } = this.#env.sql.transaction(() => {
      const room = known ?? this.rooms.make(roomId, epoch);
      return { room, ...this.#write(room, fresh, notes), redacted: push.redact(room, fresh) };
    });
    this.rooms.keep(room);
    redacted();
    for (const [index, { pos, roomPos }] of taken.entries()) {
      room.addEntry(pos, roomPos);
      push.keep(room, pos, roomPos, notes[index]);
    }
    room.applied = fresh.at(-1)!.roomPos;
    if (fresh.some(mayOpen)) room.open = undefined;
    this.#moved(room, taken.at(-1)!.pos, changes);
    this.#pruning.after(room);
    for (const { event } of fresh)
      if (event !== undefined && this.#isOurs(event.sender)) this.#neighbours.noteActive(event.sender);
    return { applied: room.applied };
  }

  async applyTyping(roomId: string, userIds: readonly string[]): Promise<void> {
    const room = this.rooms.get(roomId);
    if (!room) return;
    this.#typingEnds.get(room)?.cancel();
    this.#typingEnds.delete(room);
    if (userIds.length > 0) {
      const end = (): void => void this.applyTyping(roomId, []);
      this.#typingEnds.set(room, this.#env.clock.timer(TYPING_BELIEVED_MS, end));
    }
    // That they type still is no news.
    if (userIds.length > 0 && userIds.join() === room.typing.join()) return;
    this.rooms.setTyping(room, userIds, ++this.#ephemeral);
    this.#ring(room, []);
  }

  async applyReceipts(roomId: string, receiptPos: number): Promise<void> {
    const room = this.rooms.get(roomId);
    if (!room || receiptPos <= room.receiptPos) return;
    this.positions.prepare();
    const at = this.#env.sql.transaction(() => {
      const at = this.positions.take();
      this.#rows.setReceipts(room.number, receiptPos, at);
      return at;
    });
    room.moveReceipts(receiptPos, at);
    this.#moved(room, at, []);
  }

  async news(by: Requester, request: NewsRequest): Promise<News> {
    const since = request.since === undefined ? undefined : this.#read(request.since);
    return this.#reader().news(by, since, this.#now(by), request);
  }

  /** An ephemeral position that nothing has yet. */
  nextEphemeral(): number {
    return ++this.#ephemeral;
  }

  async hasNews(by: Requester, since: string, presence?: SyncPresence): Promise<boolean> {
    return this.#reader().hasNews(by, this.#read(since), this.#now(by), presence);
  }

  async roomPosition(by: Requester, token: string, roomId: string): Promise<number | undefined> {
    const { pos } = this.#read(token);
    const room = this.rooms.get(roomId);
    return room?.members.has(by.userId) ? this.rooms.roomPosAt(room, pos) : undefined;
  }

  async deviceListChanges(
    by: Requester,
    from: string,
    to: string,
  ): Promise<{ readonly changed: readonly string[]; readonly left: readonly string[] }> {
    this.#read(to);
    return this.deviceLists.between(by.userId, this.#read(from).pos);
  }

  async forget(by: Requester, roomId: string): Promise<void> {
    const room = this.rooms.get(roomId);
    const member = room?.members.get(by.userId);
    if (!room || (member?.membership !== 'leave' && member?.membership !== 'ban') || member.forgotten) return;
    const forgotten = { ...member, forgotten: true };
    this.#env.sql.transaction(() => this.#rows.putMembership(membershipRow(room.number, forgotten)));
    this.rooms.setMembers(room, [forgotten]);
  }

  async joinedRooms(by: Requester): Promise<readonly string[]> {
    return this.rooms
      .joinedBy(by.userId)
      .map((room) => room.roomId)
      .sort();
  }

  async mutualRooms(by: Requester, userId: string): Promise<readonly string[]> {
    return this.rooms
      .joinedBy(by.userId)
      .filter((room) => room.isJoined(userId))
      .map((room) => room.roomId)
      .sort();
  }

  async ignoredUsers(by: Requester): Promise<readonly string[]> {
    return this.#reader().ignoredBy(by.userId);
  }

  #reader(): NewsDesk {
    if (!this.#desk) throw new Error('the stream was asked before its sources were given');
    return this.#desk;
  }

  #sources(): NewsSources {
    if (!this.#given) throw new Error('the stream was told of a room before its sources were given');
    return this.#given;
  }

  #now(by: Requester): StreamToken {
    return {
      group: Number(this.#env.name),
      epoch: this.positions.epoch,
      pos: this.positions.last,
      toDevice: this.positions.last,
      boot: this.#boot,
      ephemeral: this.#ephemeral,
      typing: this.rooms.typingNow(by.userId),
    };
  }

  #read(text: string): StreamToken {
    return readToken(text, Number(this.#env.name), this.positions.epoch, this.positions.last);
  }

  /** One row for each entry, and what it changed in memberships. */
  #write(
    room: RoomView,
    entries: readonly LogEntry[],
    notes: readonly (Note | undefined)[],
  ): { readonly taken: readonly { pos: number; roomPos: number }[]; readonly changes: readonly Membership[] } {
    const taken: { pos: number; roomPos: number }[] = [];
    const changes = new Map<string, Membership>();
    for (const [index, entry] of entries.entries()) {
      const pos = this.positions.take();
      const note = notes[index];
      this.#rows.insertEntry(room.number, pos, entry.roomPos, note ? noteText(note) : null);
      taken.push({ pos, roomPos: entry.roomPos });
      for (const change of entry.memberships) {
        const before = changes.get(change.userId) ?? room.members.get(change.userId);
        changes.set(change.userId, this.#changed(change, before, pos, entry.roomPos));
      }
      const pruned = entry.event?.redactedState;
      if (pruned !== undefined)
        for (const member of withoutRedacted(room.members, changes, pruned))
          changes.set(member.userId, { ...member, pos });
    }
    const changed = this.#writeMemberships(room, changes.values());
    this.#rows.setApplied(room.number, entries.at(-1)!.roomPos);
    return { taken, changes: changed };
  }

  /** Answers them in the order of their positions. */
  #writeMemberships(room: RoomView, members: Iterable<Membership>): Membership[] {
    const sorted = [...members].toSorted((a, b) => a.pos - b.pos);
    for (const member of sorted) {
      this.#neighbours.noteMembership(member.userId, room.roomId, member.membership);
      this.#rows.putMembership(membershipRow(room.number, member));
    }
    return sorted;
  }

  /**
   * Whether a room is begun with anew: its log has become another one; or it has grown by much while nobody of this group was
   * there, who would have to see what is in between.
   */
  #beginsAt(roomId: string, epoch: number, after: number): boolean {
    const known = this.rooms.get(roomId);
    if (known && known.epoch < epoch) return true;
    if (after - (known?.applied ?? 0) <= LOG_READ_MAX) return false;
    return known === undefined || (known.epoch === epoch && !this.#hasPresent(known));
  }

  #hasPresent(room: RoomView): boolean {
    for (const { userId, membership } of room.members.values())
      if (membership !== 'leave' && membership !== 'ban' && this.#isOurs(userId)) return true;
    return false;
  }

  /** Everybody who comes meanwhile waits for the same. `at`: where in the log, should it be the same as before. */
  #readAnew(roomId: string, at: number): Promise<void> {
    const running = this.#renewing.get(roomId);
    if (running) return running;
    const renewing = this.#renew(roomId, at).finally(() => this.#renewing.delete(roomId));
    this.#renewing.set(roomId, renewing);
    return renewing;
  }

  async #renew(roomId: string, at: number): Promise<void> {
    const room = this.rooms.get(roomId);
    if (room === undefined) return this.#begin(roomId, at);
    let log = await readMemberships(this.#env, roomId, at);
    // Of another log it is the end that matters.
    if (log.epoch !== room.epoch) log = await readMemberships(this.#env, roomId, undefined);
    // Without its entries a room is only told anew to some who need not be: should a crash come, it is harmless.
    await deleteEntries(this.#env, this.#rows, room, Number.MAX_SAFE_INTEGER);
    this.positions.prepare();
    const { push } = this.#sources();
    const { pos, changes } = this.#env.sql.transaction(() => {
      const pos = this.positions.take();
      this.#rows.beginEpoch(room.number, log.epoch, log.applied, pos);
      this.#rows.insertEntry(room.number, pos, log.applied, null);
      push.beginRoom(room);
      const anew = membershipsAnew(room.members, log, pos, (...change) => this.#changed(...change));
      return { pos, changes: this.#writeMemberships(room, anew) };
    });
    push.forgetRoom(room);
    room.begin(log.epoch, log.applied, pos);
    this.#moved(room, pos, changes);
  }

  /**
   * Begins with a room that the group has not heard of. The memberships of others are written in pieces under a number that
   * nobody knows yet: should a crash come, they are written again under another one.
   */
  async #begin(roomId: string, at: number): Promise<void> {
    const log = await readMemberships(this.#env, roomId, at);
    const number = this.rooms.reserveNumber();
    const changes = [...log.memberships.values()];
    const others = changes.filter(({ userId }) => !this.#isOurs(userId));
    const written: Membership[] = [];
    for (let start = 0; start < others.length; start += WRITTEN_AT_ONCE) {
      if (start > 0) await breath(this.#env.clock);
      this.positions.prepare();
      this.#env.sql.transaction(() => {
        const pos = this.positions.take();
        for (const change of others.slice(start, start + WRITTEN_AT_ONCE)) {
          const member = this.#changed(change, undefined, pos, log.applied);
          this.#rows.putMembership(membershipRow(number, member));
          written.push(member);
        }
      });
    }
    this.positions.prepare();
    const { room, members, pos } = this.#env.sql.transaction(() => {
      const pos = this.positions.take();
      const room = this.rooms.make(roomId, log.epoch, number);
      this.#rows.beginEpoch(number, log.epoch, log.applied, pos);
      this.#rows.insertEntry(number, pos, log.applied, null);
      const own = changes.filter(({ userId }) => this.#isOurs(userId));
      const now = own.map((change) => this.#changed(change, undefined, pos, log.applied));
      return { room, pos, members: [...written, ...this.#writeMemberships(room, now)] };
    });
    room.begin(log.epoch, log.applied, pos);
    this.rooms.keep(room);
    this.#moved(room, pos, members);
  }

  #changed(change: MembershipEntry, before: Membership | undefined, pos: number, roomPos: number): Membership {
    const { userId, membership, strippedState, displayName } = change;
    const stays = membership === 'join' && before?.membership === 'join';
    const since = membership !== 'join' ? 0 : stays ? before.since : pos;
    const stripped = strippedState && this.#isOurs(userId) ? JSON.stringify(strippedState) : undefined;
    // A joined user who only changed their profile has not moved: device lists and sections of /sync stay as they are.
    if (stays) return { ...before, since, displayName };
    const leftAt = before?.membership === 'join' ? pos : (before?.leftAt ?? 0);
    return { userId, membership, pos, roomPos, since, leftAt, stripped, forgotten: false, displayName };
  }

  /** Something durable happened in a room. */
  #moved(room: RoomView, pos: number, changes: readonly Membership[]): void {
    this.rooms.setMembers(room, changes);
    this.rooms.moved(room, pos);
    this.#ring(room, changes);
  }

  /** Wakes our users in the room and those whose membership changed. */
  #ring(room: RoomView, changes: readonly Membership[]): void {
    const hearers = new Set(this.rooms.localMembers(room));
    for (const { userId } of changes) if (this.#isOurs(userId)) hearers.add(userId);
    this.#env.bell.ring([...hearers]);
  }
}

/** Whether an entry may have changed who may find the room's members. */
function mayOpen({ kind, event }: LogEntry): boolean {
  if (kind !== 'event') return true;
  return event?.type === 'm.room.join_rules' || event?.type === 'm.room.history_visibility';
}
