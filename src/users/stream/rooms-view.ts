// All rooms that a group's users have to do with, in memory, by room and by user; and their rows.
import { Moves } from './moves.ts';
import { type Membership, membershipOf, RoomView } from './room-view.ts';
import type { StreamRows } from './store/stream-rows.ts';

/** What is kept of one user, here or elsewhere. */
interface UserView {
  /** The rooms that the user has or had to do with. */
  readonly rooms: Set<RoomView>;
  /** The last position at which any of them moved for the user; undefined until it is asked for. */
  latest: number | undefined;
  /** The last position at which who is in them, or their members' devices, changed; likewise. */
  devicesAt: number | undefined;
  /** The last ephemeral position at which typing changed in one of them. */
  typingAt: number;
}

const NOBODY: ReadonlySet<RoomView> = new Set();

export class RoomsView {
  readonly #rows: StreamRows;
  readonly #isOurs: (userId: string) => boolean;
  readonly #start: number;
  readonly #rooms = new Map<string, RoomView>();
  readonly #byNumber = new Map<number, RoomView>();
  readonly #users = new Map<string, UserView>();
  /** Our users who are joined, by room; made when it is first asked for. */
  readonly #locals = new Map<RoomView, Map<string, UserView>>();
  readonly #moves: Moves<RoomView>;
  readonly #typingMoves = new Moves<RoomView>(0);
  /** Rooms in which somebody is typing. */
  readonly #typing = new Set<RoomView>();
  #numbers = 0;

  /** `start` is the last position that any former instance may have given out. */
  constructor(rows: StreamRows, isOurs: (userId: string) => boolean, start: number) {
    this.#rows = rows;
    this.#isOurs = isOurs;
    this.#start = start;
    this.#moves = new Moves(start);
    for (const row of rows.rooms()) this.#keep(new RoomView(row, start));
    for (const row of rows.memberships()) {
      // Of a room that was never begun with they may have been left behind.
      this.#numbers = Math.max(this.#numbers, row.room);
      const room = this.#byNumber.get(row.room);
      if (!room) continue;
      room.loadMember(membershipOf(row));
      this.#user(row.user_id).rooms.add(room);
    }
    for (const room of this.#rooms.values()) {
      const last = rows.entryAt(room.number, Number.MAX_SAFE_INTEGER);
      if (last) room.addEntry(last.pos, last.room_pos);
    }
  }

  get(roomId: string): RoomView | undefined {
    return this.#rooms.get(roomId);
  }

  byNumber(number: number): RoomView | undefined {
    return this.#byNumber.get(number);
  }

  /** A number for a room whose memberships are written before the room is there. */
  reserveNumber(): number {
    return ++this.#numbers;
  }

  /**
   * A view of a room that is new to this group. Its row is written here, inside a transaction; it is kept with `keep`.
   * `number`: one that was reserved.
   */
  make(roomId: string, epoch: number, number: number = this.#numbers + 1): RoomView {
    const row = { number, room_id: roomId, epoch, applied: 0, receipt_pos: 0, receipts_at: 0 };
    this.#rows.insertRoom(row.number, roomId, epoch);
    return new RoomView(row, this.#start);
  }

  /** Keeps a view that `make` gave, after its transaction. */
  keep(room: RoomView): void {
    if (!this.#rooms.has(room.roomId)) this.#keep(room);
  }

  /** Takes memberships as they are now, in the order of their positions. */
  setMembers(room: RoomView, members: readonly Membership[]): void {
    const locals = this.#locals.get(room);
    for (const member of members) {
      const user = this.#user(member.userId);
      const moved = room.members.get(member.userId)?.pos !== member.pos;
      room.setMember(member);
      user.rooms.add(room);
      if (member.membership !== 'join') locals?.delete(member.userId);
      else if (this.#isOurs(member.userId)) locals?.set(member.userId, user);
      if (!moved) continue;
      touch(user, member.pos);
      touchDevices(user, member.pos);
    }
    const last = members.at(-1);
    if (last && room.membersAt === last.pos)
      for (const user of this.#localsOf(room).values()) touchDevices(user, last.pos);
  }

  /** The room's log or receipts moved. */
  moved(room: RoomView, pos: number): void {
    this.#moves.add(room, pos);
    for (const user of this.#localsOf(room).values()) touch(user, pos);
  }

  setTyping(room: RoomView, userIds: readonly string[], at: number): void {
    room.typing = userIds;
    room.typingAt = at;
    if (userIds.length > 0) this.#typing.add(room);
    else this.#typing.delete(room);
    this.#typingMoves.add(room, at);
    for (const user of this.#localsOf(room).values()) user.typingAt = at;
  }

  /** Numbers of the user's rooms in which somebody is typing. */
  typingNow(userId: string): number[] {
    return [...this.#typing].filter((room) => room.isJoined(userId)).map((room) => room.number);
  }

  /** Our users who are joined to a room. */
  localMembers(room: RoomView): Iterable<string> {
    return this.#localsOf(room).keys();
  }

  /** The rooms that a user has or had to do with. */
  of(userId: string): ReadonlySet<RoomView> {
    return this.#users.get(userId)?.rooms ?? NOBODY;
  }

  /** The last position at which anything of a user's rooms moved. */
  latestFor(userId: string): number {
    const user = this.#users.get(userId);
    if (!user) return 0;
    return (user.latest ??= newest(user, (room) => {
      const own = room.members.get(userId)!;
      return Math.max(own.pos, own.membership === 'join' ? Math.max(room.latest, room.receiptsAt) : 0);
    }));
  }

  /** Likewise of who is in them, and of what `noteDevices` was told; `before` is the last of what it may have been told. */
  devicesAt(userId: string, before: number): number {
    const user = this.#user(userId);
    return (user.devicesAt ??= Math.max(
      before,
      newest(user, (room) => room.membersAt),
    ));
  }

  /** The devices of somebody whom these users share a room with changed. */
  noteDevices(userIds: readonly string[], pos: number): void {
    for (const userId of userIds) touchDevices(this.#user(userId), pos);
  }

  /** The last ephemeral position at which typing changed in a user's rooms. */
  typingAt(userId: string): number {
    return this.#users.get(userId)?.typingAt ?? 0;
  }

  /** The user's rooms that may have moved after a position; costs what moved, or what there is if that is less. */
  movedSince(userId: string, pos: number): Iterable<RoomView> {
    const rooms = this.of(userId);
    return mine(this.#moves.since(pos, rooms.size), rooms);
  }

  /** Likewise for typing, and an ephemeral position. */
  typedSince(userId: string, at: number): Iterable<RoomView> {
    const rooms = this.of(userId);
    return mine(this.#typingMoves.since(at, rooms.size), rooms);
  }

  /** How many rooms a user is invited to. */
  invitesOf(userId: string): number {
    let count = 0;
    for (const room of this.of(userId)) if (room.members.get(userId)?.membership === 'invite') count++;
    return count;
  }

  joinedBy(userId: string): RoomView[] {
    return [...this.of(userId)].filter((room) => room.isJoined(userId));
  }

  share(one: string, other: string): boolean {
    const [ones, others] = [this.of(one), this.of(other)];
    for (const room of ones.size < others.size ? ones : others)
      if (room.isJoined(one) && room.isJoined(other)) return true;
    return false;
  }

  /** Where a room's log was at a position of the stream; undefined if the group had not heard of it then. */
  roomPosAt(room: RoomView, pos: number): number | undefined {
    return room.roomPosAt(pos) ?? this.#rows.entryAt(room.number, pos)?.room_pos;
  }

  #keep(room: RoomView): void {
    this.#rooms.set(room.roomId, room);
    this.#byNumber.set(room.number, room);
    this.#numbers = Math.max(this.#numbers, room.number);
  }

  #user(userId: string): UserView {
    let user = this.#users.get(userId);
    if (!user) {
      user = { rooms: new Set(), latest: undefined, devicesAt: undefined, typingAt: 0 };
      this.#users.set(userId, user);
    }
    return user;
  }

  #localsOf(room: RoomView): Map<string, UserView> {
    let locals = this.#locals.get(room);
    if (!locals) {
      locals = new Map();
      for (const { userId, membership } of room.members.values())
        if (membership === 'join' && this.#isOurs(userId)) locals.set(userId, this.#user(userId));
      this.#locals.set(room, locals);
    }
    return locals;
  }
}

/** What nobody has asked for is not kept up either. */
function touch(user: UserView, pos: number): void {
  if (user.latest !== undefined) user.latest = Math.max(user.latest, pos);
}

function touchDevices(user: UserView, pos: number): void {
  if (user.devicesAt !== undefined) user.devicesAt = Math.max(user.devicesAt, pos);
}

function newest(user: UserView, of: (room: RoomView) => number): number {
  let last = 0;
  for (const room of user.rooms) last = Math.max(last, of(room));
  return last;
}

function mine(moved: ReadonlySet<RoomView> | undefined, rooms: ReadonlySet<RoomView>): Iterable<RoomView> {
  return moved === undefined ? rooms : [...moved].filter((room) => rooms.has(room));
}
