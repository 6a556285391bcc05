// Server notices rooms as rows.
import type { Row, Sql } from '../../ports/sql.ts';

export interface NoticeRoomRow extends Row {
  readonly room_id: string;
  /** The create event and when it was drafted; null once the room is there. */
  readonly pdu: string | null;
  readonly drafted_at: number | null;
}

export class NoticeRoomStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  get(userId: string): NoticeRoomRow | undefined {
    return this.#sql.first<NoticeRoomRow>(
      'SELECT room_id, pdu, drafted_at FROM home_notice_rooms WHERE owner = ? AND user_id = ?',
      this.#owner,
      userId,
    );
  }

  insert(userId: string, roomId: string, pdu: string, draftedAt: number): void {
    this.#sql.run(
      'INSERT INTO home_notice_rooms (owner, user_id, room_id, pdu, drafted_at) VALUES (?, ?, ?, ?, ?)',
      this.#owner,
      userId,
      roomId,
      pdu,
      draftedAt,
    );
  }

  /** The room is there. */
  confirm(userId: string, roomId: string): void {
    this.#sql.run(
      'UPDATE home_notice_rooms SET pdu = NULL, drafted_at = NULL WHERE owner = ? AND user_id = ? AND room_id = ?',
      this.#owner,
      userId,
      roomId,
    );
  }

  /** The room will never be there. */
  release(userId: string, roomId: string): void {
    this.#sql.run(
      'DELETE FROM home_notice_rooms WHERE owner = ? AND user_id = ? AND room_id = ?',
      this.#owner,
      userId,
      roomId,
    );
  }
}
