// Receipts: how far each user has read, one row for each (user, type, thread).
import type { Sql } from '../../ports/sql.ts';

export interface StoredReceipt {
  readonly userId: string;
  readonly type: string;
  /** Empty for an unthreaded receipt. */
  readonly threadId: string;
  /** The event that was read. */
  readonly number: number;
  /** When it was read, milliseconds since the epoch. */
  readonly ts: number;
  readonly receiptPos: number;
}

interface ReceiptRow {
  readonly user_id: string;
  readonly type: string;
  readonly thread_id: string;
  readonly number: number;
  readonly ts: number;
  readonly receipt_pos: number;
  readonly [column: string]: string | number;
}

export class ReceiptStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  /** The event number of a user's receipt. */
  readUpTo(userId: string, type: string, threadId: string): number | undefined {
    return this.#sql.first<{ number: number }>(
      'SELECT number FROM room_receipts WHERE owner = ? AND user_id = ? AND type = ? AND thread_id = ?',
      this.#owner,
      userId,
      type,
      threadId,
    )?.number;
  }

  put(receipt: StoredReceipt): void {
    this.#sql.run(
      `INSERT INTO room_receipts (owner, user_id, type, thread_id, number, ts, receipt_pos) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (owner, user_id, type, thread_id)
       DO UPDATE SET number = excluded.number, ts = excluded.ts, receipt_pos = excluded.receipt_pos`,
      this.#owner,
      receipt.userId,
      receipt.type,
      receipt.threadId,
      receipt.number,
      receipt.ts,
      receipt.receiptPos,
    );
  }

  /** Drops all but the newest `keep` receipts that a user has in threads. */
  dropOldest(userId: string, type: string, keep: number): void {
    this.#sql.run(
      `DELETE FROM room_receipts WHERE owner = ?1 AND user_id = ?2 AND type = ?3 AND thread_id <> '' AND receipt_pos <=
       (SELECT receipt_pos FROM room_receipts WHERE owner = ?1 AND user_id = ?2 AND type = ?3 AND thread_id <> ''
       ORDER BY receipt_pos DESC LIMIT 1 OFFSET ?4)`,
      this.#owner,
      userId,
      type,
      keep,
    );
  }

  /** The position of the latest receipt of a type; 0 if there is none. */
  lastOf(type: string): number {
    return (
      this.#sql.first<{ last: number }>(
        'SELECT receipt_pos AS last FROM room_receipts WHERE owner = ? AND type = ? ORDER BY receipt_pos DESC LIMIT 1',
        this.#owner,
        type,
      )?.last ?? 0
    );
  }

  /** Receipts after a receipt position, oldest first. */
  after(receiptPos: number): StoredReceipt[] {
    return this.#sql
      .all<ReceiptRow>(
        `SELECT user_id, type, thread_id, number, ts, receipt_pos FROM room_receipts WHERE owner = ? AND receipt_pos > ?
         ORDER BY receipt_pos`,
        this.#owner,
        receiptPos,
      )
      .map((row) => ({
        userId: row.user_id,
        type: row.type,
        threadId: row.thread_id,
        number: row.number,
        ts: row.ts,
        receiptPos: row.receipt_pos,
      }));
  }
}
