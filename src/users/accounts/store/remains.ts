// Deactivated accounts that have left something behind, as rows.
import type { Sql } from '../../../ports/sql.ts';

export class RemainStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  first(): string | undefined {
    return this.#sql.first<{ user_id: string }>(
      'SELECT user_id FROM users_remains WHERE owner = ? ORDER BY user_id LIMIT 1',
      this.#owner,
    )?.user_id;
  }

  add(userId: string): void {
    this.#sql.run(
      'INSERT INTO users_remains (owner, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
      this.#owner,
      userId,
    );
  }

  end(userId: string): void {
    this.#sql.run('DELETE FROM users_remains WHERE owner = ? AND user_id = ?', this.#owner, userId);
  }
}
