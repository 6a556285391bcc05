// What a Users object keeps in memory of one room: where its log stands in the stream, and who is in it.
import { Moves } from './moves.ts';
import { Steps } from './steps.ts';
import type { MembershipRow, RoomRow } from './store/stream-rows.ts';

export interface Membership {
  readonly userId: string;
  readonly membership: string;
  /** Where in the stream the latest change of it stands, and where in the room's log. */
  readonly pos: number;
  readonly roomPos: number;
  /** Where in the stream the present stay began; 0 if the user is not joined. */
  readonly since: number;
  /** Where in the stream the last stay ended; 0 if there was none. */
  readonly leftAt: number;
  readonly stripped: string | undefined;
  /** Whether the user has left the room and forgotten it. */
  readonly forgotten: boolean;
  /** The name in the room, of our users who are joined. */
  readonly displayName: string | undefined;
}

/** Changes of memberships that are kept at hand. */
const CHANGES_KEPT = 64;

export class RoomView {
  readonly number: number;
  readonly roomId: string;
  epoch: number;
  /** The last position of the room's log that was taken. */
  applied: number;
  receiptPos: number;
  /** Where in the stream the room's receipts moved last. */
  receiptsAt: number;
  /** Whether anybody may find who is in the room; undefined until it is asked for, and after every change. */
  open: boolean | undefined;
  typing: readonly string[] = [];
  /** The ephemeral position at which the list of typing users changed last. */
  typingAt = 0;
  /** Where in the stream the newest entry stands; 0 before there is any. */
  latest = 0;
  /** Where in the stream the last change of any membership stands. */
  membersAt = 0;
  readonly members = new Map<string, Membership>();
  readonly #entries = new Steps();
  readonly #receipts = new Steps();
  readonly #changes: Moves<string>;

  /** `pos` is the last position of the stream: what happened up to it is in the row. */
  constructor(row: RoomRow, pos: number) {
    this.number = row.number;
    this.roomId = row.room_id;
    this.epoch = row.epoch;
    this.applied = row.applied;
    this.receiptPos = row.receipt_pos;
    this.receiptsAt = row.receipts_at;
    this.#changes = new Moves(pos, CHANGES_KEPT);
    if (row.receipts_at > 0) this.#receipts.add(row.receipts_at, row.receipt_pos);
  }

  addEntry(pos: number, roomPos: number): void {
    this.#entries.add(pos, roomPos);
    this.latest = pos;
  }

  /** Where the room's log was at a position of the stream, if that is at hand. */
  roomPosAt(pos: number): number | undefined {
    return this.#entries.at(pos);
  }

  moveReceipts(receiptPos: number, at: number): void {
    this.#receipts.add(at, receiptPos);
    this.receiptPos = receiptPos;
    this.receiptsAt = at;
  }

  /** Where the room's receipts were at a position of the stream, if that is at hand. */
  receiptPosAt(pos: number): number | undefined {
    return this.#receipts.at(pos);
  }

  /** The room begins anew: positions of its log from before mean nothing any more. */
  begin(epoch: number, applied: number, pos: number): void {
    this.epoch = epoch;
    this.applied = applied;
    this.open = undefined;
    this.#entries.clear();
    this.#receipts.clear();
    this.addEntry(pos, applied);
    this.moveReceipts(0, pos);
  }

  /** Takes a membership as it was stored. */
  loadMember(member: Membership): void {
    this.members.set(member.userId, member);
    this.membersAt = Math.max(this.membersAt, member.pos);
  }

  /** Takes a membership as it is now; called in the order of their positions. */
  setMember(member: Membership): void {
    const moved = this.members.get(member.userId)?.pos !== member.pos;
    this.members.set(member.userId, member);
    if (!moved) return;
    this.membersAt = member.pos;
    this.#changes.add(member.userId, member.pos);
  }

  /** Whose membership changed after a position. */
  *changedAfter(pos: number): Iterable<Membership> {
    const changed = this.#changes.since(pos, this.members.size);
    if (changed === undefined) {
      for (const member of this.members.values()) if (member.pos > pos) yield member;
    } else {
      for (const userId of changed) {
        const member = this.members.get(userId);
        if (member !== undefined && member.pos > pos) yield member;
      }
    }
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
    leftAt: row.left_at,
    stripped: row.stripped ?? undefined,
    forgotten: row.forgotten === 1,
    displayName: row.display_name ?? undefined,
  };
}

export function membershipRow(room: number, member: Membership): MembershipRow {
  return {
    room,
    user_id: member.userId,
    membership: member.membership,
    pos: member.pos,
    room_pos: member.roomPos,
    since: member.since,
    left_at: member.leftAt,
    stripped: member.stripped ?? null,
    forgotten: member.forgotten ? 1 : 0,
    display_name: member.displayName ?? null,
  };
}
