// What users are called, as rows.
import type { Row, Sql } from '../../../ports/sql.ts';

interface NameRow extends Row {
  readonly user_id: string;
  /** The value of the profile's field, as JSON. */
  readonly name: string | null;
}

export class NameStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  /** Accounts that are not deactivated, in the order of their ids. */
  after(userId: string, limit: number): readonly NameRow[] {
    return this.#sql.all<NameRow>(
      `SELECT a.user_id, p.value AS name FROM users_accounts a
       LEFT JOIN users_profiles p ON p.owner = a.owner AND p.user_id = a.user_id AND p.key = 'displayname'
       WHERE a.owner = ? AND a.user_id > ? AND a.deactivated = 0 ORDER BY a.user_id LIMIT ?`,
      this.#owner,
      userId,
      limit,
    );
  }
}
