// The local users whose accounts were erased, as rows.
import type { Sql } from '../../ports/sql.ts';

export class ErasureStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  /** By user: the last position of the log when the account was erased. */
  all(): Map<string, number> {
    const rows = this.#sql.all<{ user_id: string; room_pos: number }>(
      'SELECT user_id, room_pos FROM room_erasures WHERE owner = ?',
      this.#owner,
    );
    return new Map(rows.map((row) => [row.user_id, row.room_pos]));
  }

  put(userId: string, roomPos: number): void {
    this.#sql.run(
      'INSERT INTO room_erasures (owner, user_id, room_pos) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      this.#owner,
      userId,
      roomPos,
    );
  }
}
