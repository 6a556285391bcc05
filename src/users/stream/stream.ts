// The stream part of a Users object: one order for everything that any of its users may have to see.
// https://spec.matrix.org/v1.19/client-server-api/#syncing
import { createHash } from 'node:crypto';
import type { Requester } from '../../ports/contracts/requester.ts';
import type { LogEntry, MembershipEntry } from '../../ports/contracts/room.ts';
import type { News, NewsRequest, UsersStream } from '../../ports/contracts/users-stream.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import { DeviceLists } from './device-lists.ts';
import { NewsDesk, type NewsSources } from './news.ts';
import { Positions } from './positions.ts';
import type { Membership, RoomView } from './room-view.ts';
import { RoomsView } from './rooms-view.ts';
import { StreamRows } from './store/stream-rows.ts';
import { readToken, type StreamToken } from './token.ts';

export class Stream implements UsersStream {
  readonly #env: ObjectEnv;
  readonly #rows: StreamRows;
  readonly #isOurs: (userId: string) => boolean;
  readonly positions: Positions;
  readonly rooms: RoomsView;
  readonly deviceLists: DeviceLists;
  readonly #boot: number;
  #ephemeral = 0;
  #desk: NewsDesk | undefined;

  constructor(env: ObjectEnv, isOurs: (userId: string) => boolean) {
    this.#env = env;
    this.#rows = new StreamRows(env.sql, env.owner);
    this.#isOurs = isOurs;
    this.positions = new Positions(env, this.#rows);
    this.rooms = new RoomsView(this.#rows);
    this.deviceLists = new DeviceLists(env, this.#rows, this.rooms, this.positions, isOurs);
    this.#boot = createHash('sha256').update(env.random.bytes(16)).digest().readUInt32BE(0) >>> 1;
  }

  /** What /sync reads besides rooms; given once the other parts are there. */
  readFrom(sources: NewsSources): void {
    this.#desk = new NewsDesk(this.rooms, this.deviceLists, sources);
  }

  async apply(
    roomId: string,
    epoch: number,
    after: number,
    entries: readonly LogEntry[],
  ): Promise<{ readonly applied: number }> {
    const known = this.rooms.get(roomId);
    if (known && known.epoch !== epoch) throw new Error(`${roomId} began a new epoch, which this version cannot take`);
    if (after > (known?.applied ?? 0)) return { applied: known?.applied ?? 0 };
    const fresh = entries.filter((entry) => entry.roomPos > (known?.applied ?? 0));
    if (fresh.length === 0) return { applied: known?.applied ?? 0 };
    this.positions.prepare();
    const { room, taken, changes } = this.#env.sql.transaction(() => {
      const room = known ?? this.rooms.make(roomId, epoch);
      return { room, ...this.#write(room, fresh) };
    });
    this.rooms.keep(room);
    for (const { pos, roomPos } of taken) room.addEntry(pos, roomPos);
    room.applied = fresh.at(-1)!.roomPos;
    for (const change of changes) this.rooms.setMember(room, change);
    this.#ring(room, changes);
    return { applied: room.applied };
  }

  async applyTyping(roomId: string, userIds: readonly string[]): Promise<void> {
    const room = this.rooms.get(roomId);
    if (!room) return;
    room.typing = userIds;
    room.typingAt = ++this.#ephemeral;
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
    this.#ring(room, []);
  }

  async news(by: Requester, request: NewsRequest): Promise<News> {
    const since = request.since === undefined ? undefined : this.#read(request.since);
    return this.#reader().news(by, since, this.#now(), request);
  }

  async hasNews(by: Requester, since: string): Promise<boolean> {
    return this.#reader().hasNews(by, this.#read(since), this.#now());
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

  async joinedRooms(by: Requester): Promise<readonly string[]> {
    return this.rooms
      .joinedBy(by.userId)
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

  #now(): StreamToken {
    return {
      group: Number(this.#env.name),
      epoch: this.positions.epoch,
      pos: this.positions.last,
      toDevice: this.positions.last,
      boot: this.#boot,
      ephemeral: this.#ephemeral,
    };
  }

  #read(text: string): StreamToken {
    return readToken(text, Number(this.#env.name), this.positions.epoch, this.positions.last);
  }

  /** One row for each entry, and what it changed in memberships. */
  #write(
    room: RoomView,
    entries: readonly LogEntry[],
  ): { readonly taken: readonly { pos: number; roomPos: number }[]; readonly changes: readonly Membership[] } {
    const taken: { pos: number; roomPos: number }[] = [];
    const changes = new Map<string, Membership>();
    for (const entry of entries) {
      const pos = this.positions.take();
      this.#rows.insertEntry(room.number, pos, entry.roomPos);
      taken.push({ pos, roomPos: entry.roomPos });
      for (const change of entry.memberships) {
        const before = changes.get(change.userId) ?? room.members.get(change.userId);
        changes.set(change.userId, this.#changed(change, before, pos, entry.roomPos));
      }
    }
    for (const member of changes.values()) {
      this.#rows.putMembership({
        room: room.number,
        user_id: member.userId,
        membership: member.membership,
        pos: member.pos,
        room_pos: member.roomPos,
        since: member.since,
        stripped: member.stripped ?? null,
      });
    }
    this.#rows.setApplied(room.number, entries.at(-1)!.roomPos);
    return { taken, changes: [...changes.values()] };
  }

  #changed(change: MembershipEntry, before: Membership | undefined, pos: number, roomPos: number): Membership {
    const { userId, membership, strippedState } = change;
    const stays = membership === 'join' && before?.membership === 'join';
    const since = membership !== 'join' ? 0 : stays ? before.since : pos;
    const stripped = strippedState && this.#isOurs(userId) ? JSON.stringify(strippedState) : undefined;
    // A joined user who only changed their profile has not moved: device lists and sections of /sync stay as they are.
    return stays ? { ...before, since } : { userId, membership, pos, roomPos, since, stripped };
  }

  /** Wakes our users in the room and those whose membership changed. */
  #ring(room: RoomView, changes: readonly Membership[]): void {
    const hearers = changes.map((change) => change.userId).filter(this.#isOurs);
    for (const member of room.members.values())
      if (member.membership === 'join' && this.#isOurs(member.userId)) hearers.push(member.userId);
    this.#env.bell.ring(hearers);
  }
}
