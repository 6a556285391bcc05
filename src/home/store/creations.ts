// How many rooms each user has begun.
import type { Sql } from '../../ports/sql.ts';

export class CreationStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  count(userId: string): number {
    return (
      this.#sql.first<{ rooms: number }>(
        'SELECT rooms FROM home_creations WHERE owner = ? AND user_id = ?',
        this.#owner,
        userId,
      )?.rooms ?? 0
    );
  }

  add(userId: string, rooms: 1 | -1): void {
    this.#sql.run(
      `INSERT INTO home_creations (owner, user_id, rooms) VALUES (?, ?, MAX(0, ?))
       ON CONFLICT DO UPDATE SET rooms = MAX(0, rooms + ?)`,
      this.#owner,
      userId,
      rooms,
      rooms,
    );
  }
}
