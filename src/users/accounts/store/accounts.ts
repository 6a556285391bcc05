// Accounts as rows.
import type { Row, Sql } from '../../../ports/sql.ts';

export interface AccountRow extends Row {
  readonly password_hash: string | null;
  readonly admin: number;
  readonly deactivated: number;
}

export class AccountStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  get(userId: string): AccountRow | undefined {
    return this.#sql.first<AccountRow>(
      'SELECT password_hash, admin, deactivated FROM users_accounts WHERE owner = ? AND user_id = ?',
      this.#owner,
      userId,
    );
  }

  insert(userId: string, passwordHash: string | null, admin: boolean, now: number): void {
    this.#sql.run(
      'INSERT INTO users_accounts (owner, user_id, password_hash, admin, deactivated, made_at) VALUES (?, ?, ?, ?, 0, ?)',
      this.#owner,
      userId,
      passwordHash,
      admin ? 1 : 0,
      now,
    );
  }

  ids(): readonly string[] {
    return this.#sql
      .all<{ user_id: string }>('SELECT user_id FROM users_accounts WHERE owner = ? ORDER BY user_id', this.#owner)
      .map((row) => row.user_id);
  }
}
