// Which localparts are taken, by an account or by one about to be made, and which group each lives in.
import type { Row, Sql } from '../../ports/sql.ts';

export interface NameRow extends Row {
  readonly group_number: number;
  readonly claimed_at: number;
  readonly confirmed: number;
}

export class NameStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  get(localpart: string): NameRow | undefined {
    return this.#sql.first<NameRow>(
      'SELECT group_number, claimed_at, confirmed FROM home_names WHERE owner = ? AND localpart = ?',
      this.#owner,
      localpart,
    );
  }

  /** The newest claims that have not become accounts, as far as is known here. */
  unconfirmed(limit: number): readonly (NameRow & { readonly localpart: string })[] {
    return this.#sql.all<NameRow & { localpart: string }>(
      `SELECT localpart, group_number, claimed_at, confirmed FROM home_names WHERE owner = ? AND confirmed = 0
       ORDER BY claimed_at DESC LIMIT ?`,
      this.#owner,
      limit,
    );
  }

  claim(localpart: string, group: number, now: number): void {
    this.#sql.run(
      `INSERT INTO home_names (owner, localpart, group_number, claimed_at, confirmed) VALUES (?, ?, ?, ?, 0)
       ON CONFLICT DO UPDATE SET group_number = excluded.group_number, claimed_at = excluded.claimed_at`,
      this.#owner,
      localpart,
      group,
      now,
    );
  }

  /** Whether the name was only claimed until now. */
  confirm(localpart: string): boolean {
    return (
      this.#sql.run(
        'UPDATE home_names SET confirmed = 1 WHERE owner = ? AND localpart = ? AND confirmed = 0',
        this.#owner,
        localpart,
      ) > 0
    );
  }
}
