// What a Users object keeps in memory of one room: where its log stands in the stream, and who is in it.
import type { MembershipRow, RoomRow } from './store/stream-rows.ts';

export interface Membership {
  readonly userId: string;
  readonly membership: string;
  /** Where in the stream the latest change of it stands, and where in the room's log. */
  readonly pos: number;
  readonly roomPos: number;
  /** Where in the stream the present stay began; 0 if the user is not joined. */
  readonly since: number;
  readonly stripped: string | undefined;
}

/** Entries of the log whose place in the stream is kept at hand. */
const ENTRIES_KEPT = 64;

export class RoomView {
  readonly number: number;
  readonly roomId: string;
  epoch: number;
  /** The last position of the room's log that was taken. */
  applied: number;
  receiptPos: number;
  /** Where in the stream the room's receipts moved last. */
  receiptsAt: number;
  typing: readonly string[] = [];
  /** The ephemeral position at which the list of typing users changed last. */
  typingAt = 0;
  /** Where in the stream the newest entry stands; 0 before there is any. */
  latest = 0;
  /** Where in the stream the last change of any membership stands. */
  membersAt = 0;
  readonly members = new Map<string, Membership>();
  /** `[pos, roomPos]` of the newest entries, in order. */
  #entries: (readonly [pos: number, roomPos: number])[] = [];
  /** Likewise `[pos, receiptPos]` of the newest moves of the receipts. */
  #receipts: (readonly [pos: number, receiptPos: number])[] = [];

  constructor(row: RoomRow) {
    this.number = row.number;
    this.roomId = row.room_id;
    this.epoch = row.epoch;
    this.applied = row.applied;
    this.receiptPos = row.receipt_pos;
    this.receiptsAt = row.receipts_at;
    if (row.receipts_at > 0) this.#receipts.push([row.receipts_at, row.receipt_pos]);
  }

  addEntry(pos: number, roomPos: number): void {
    this.#entries.push([pos, roomPos]);
    if (this.#entries.length > 2 * ENTRIES_KEPT) this.#entries = this.#entries.slice(-ENTRIES_KEPT);
    this.latest = pos;
  }

  /** Where the room's log was at a position of the stream, if that is at hand. */
  roomPosAt(pos: number): number | undefined {
    return lastUpTo(this.#entries, pos);
  }

  moveReceipts(receiptPos: number, at: number): void {
    this.#receipts.push([at, receiptPos]);
    if (this.#receipts.length > 2 * ENTRIES_KEPT) this.#receipts = this.#receipts.slice(-ENTRIES_KEPT);
    this.receiptPos = receiptPos;
    this.receiptsAt = at;
  }

  /** Where the room's receipts were at a position of the stream, if that is at hand. */
  receiptPosAt(pos: number): number | undefined {
    return lastUpTo(this.#receipts, pos);
  }

  setMember(member: Membership): void {
    this.members.set(member.userId, member);
    this.membersAt = Math.max(this.membersAt, member.pos);
  }

  isJoined(userId: string): boolean {
    return this.members.get(userId)?.membership === 'join';
  }
}

export function membershipOf(row: MembershipRow): Membership {
  return {
    userId: row.user_id,
    membership: row.membership,
    pos: row.pos,
    roomPos: row.room_pos,
    since: row.since,
    stripped: row.stripped ?? undefined,
  };
}

function lastUpTo(pairs: readonly (readonly [pos: number, value: number])[], pos: number): number | undefined {
  for (let index = pairs.length - 1; index >= 0; index--) {
    const pair = pairs[index]!;
    if (pair[0] <= pos) return pair[1];
  }
  return undefined;
}
