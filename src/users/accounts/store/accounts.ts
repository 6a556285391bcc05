// Accounts as rows.
import type { Row, Sql } from '../../../ports/sql.ts';

export interface AccountRow extends Row {
  readonly password_hash: string | null;
  readonly admin: number;
  readonly deactivated: number;
  readonly guest: number;
  readonly locked: number;
  readonly suspended: number;
  readonly erased: number;
  readonly registered_by: string | null;
}

export interface NewAccountRow {
  readonly userId: string;
  readonly passwordHash: string | null;
  readonly admin: boolean;
  readonly guest: boolean;
  readonly registeredBy: string | null;
}

const COLUMNS = 'password_hash, admin, deactivated, guest, locked, suspended, erased, registered_by';

export class AccountStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  get(userId: string): AccountRow | undefined {
    return this.#sql.first<AccountRow>(
      `SELECT ${COLUMNS} FROM users_accounts WHERE owner = ? AND user_id = ?`,
      this.#owner,
      userId,
    );
  }

  insert(account: NewAccountRow, now: number): void {
    this.#sql.run(
      `INSERT INTO users_accounts (owner, user_id, password_hash, admin, deactivated, made_at, guest, registered_by)
       VALUES (?, ?, ?, ?, 0, ?, ?, ?)`,
      this.#owner,
      account.userId,
      account.passwordHash,
      account.admin ? 1 : 0,
      now,
      account.guest ? 1 : 0,
      account.registeredBy,
    );
  }

  setPassword(userId: string, passwordHash: string): void {
    this.#sql.run(
      'UPDATE users_accounts SET password_hash = ? WHERE owner = ? AND user_id = ?',
      passwordHash,
      this.#owner,
      userId,
    );
  }

  /** A guest's account becomes a user's. */
  endGuest(userId: string, passwordHash: string): void {
    this.#sql.run(
      'UPDATE users_accounts SET guest = 0, password_hash = ? WHERE owner = ? AND user_id = ?',
      passwordHash,
      this.#owner,
      userId,
    );
  }

  setStanding(userId: string, locked: boolean, suspended: boolean): void {
    this.#sql.run(
      'UPDATE users_accounts SET locked = ?, suspended = ? WHERE owner = ? AND user_id = ?',
      locked ? 1 : 0,
      suspended ? 1 : 0,
      this.#owner,
      userId,
    );
  }

  /** What is left is that the account was there: its name is taken for ever. */
  deactivate(userId: string, erased: boolean): void {
    this.#sql.run(
      `UPDATE users_accounts SET deactivated = 1, password_hash = NULL, admin = 0, locked = 0, suspended = 0, erased = ?
       WHERE owner = ? AND user_id = ?`,
      erased ? 1 : 0,
      this.#owner,
      userId,
    );
  }

  ids(): readonly string[] {
    return this.#sql
      .all<{ user_id: string }>('SELECT user_id FROM users_accounts WHERE owner = ? ORDER BY user_id', this.#owner)
      .map((row) => row.user_id);
  }
}
