// The rooms that deactivated accounts have yet to leave, as rows.
import type { Row, Sql } from '../../../ports/sql.ts';

export interface FarewellRow extends Row {
  readonly user_id: string;
  readonly room_id: string;
  readonly erased: number;
}

export class FarewellStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  some(limit: number): readonly FarewellRow[] {
    return this.#sql.all<FarewellRow>(
      'SELECT user_id, room_id, erased FROM users_farewells WHERE owner = ? ORDER BY user_id, room_id LIMIT ?',
      this.#owner,
      limit,
    );
  }

  add(userId: string, roomId: string, erased: boolean): void {
    this.#sql.run(
      `INSERT INTO users_farewells (owner, user_id, room_id, erased) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET erased = MAX(erased, excluded.erased)`,
      this.#owner,
      userId,
      roomId,
      erased ? 1 : 0,
    );
  }

  end(userId: string, roomId: string): void {
    this.#sql.run(
      'DELETE FROM users_farewells WHERE owner = ? AND user_id = ? AND room_id = ?',
      this.#owner,
      userId,
      roomId,
    );
  }
}
