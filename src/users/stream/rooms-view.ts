// All rooms that a group's users have to do with, in memory, by room and by user; and their rows.
import type { StreamRows } from './store/stream-rows.ts';
import { type Membership, membershipOf, RoomView } from './room-view.ts';

export class RoomsView {
  readonly #rows: StreamRows;
  readonly #rooms = new Map<string, RoomView>();
  readonly #byNumber = new Map<number, RoomView>();
  readonly #byUser = new Map<string, Set<RoomView>>();
  #numbers = 0;

  constructor(rows: StreamRows) {
    this.#rows = rows;
    for (const row of rows.rooms()) this.#keep(new RoomView(row));
    for (const row of rows.memberships()) {
      const room = this.#byNumber.get(row.room);
      if (room) this.setMember(room, membershipOf(row));
    }
    for (const room of this.#rooms.values()) {
      const last = rows.entryAt(room.number, Number.MAX_SAFE_INTEGER);
      if (last) room.addEntry(last.pos, last.room_pos);
    }
  }

  get(roomId: string): RoomView | undefined {
    return this.#rooms.get(roomId);
  }

  /** A view of a room that is new to this group. Its row is written here, inside a transaction; it is kept with `keep`. */
  make(roomId: string, epoch: number): RoomView {
    const row = { number: this.#numbers + 1, room_id: roomId, epoch, applied: 0, receipt_pos: 0, receipts_at: 0 };
    this.#rows.insertRoom(row.number, roomId, epoch);
    return new RoomView(row);
  }

  /** Keeps a view that `make` gave, after its transaction. */
  keep(room: RoomView): void {
    if (!this.#rooms.has(room.roomId)) this.#keep(room);
  }

  setMember(room: RoomView, member: Membership): void {
    room.setMember(member);
    let rooms = this.#byUser.get(member.userId);
    if (!rooms) this.#byUser.set(member.userId, (rooms = new Set()));
    rooms.add(room);
  }

  /** The rooms that a user has or had to do with. */
  of(userId: string): Iterable<RoomView> {
    return this.#byUser.get(userId) ?? [];
  }

  joinedBy(userId: string): RoomView[] {
    return [...this.of(userId)].filter((room) => room.isJoined(userId));
  }

  share(one: string, other: string): boolean {
    for (const room of this.of(one)) if (room.isJoined(one) && room.isJoined(other)) return true;
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
}
