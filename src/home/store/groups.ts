// The Users groups there are, and how many accounts each holds.
import type { Row, Sql } from '../../ports/sql.ts';

interface GroupRow extends Row {
  readonly number: number;
  readonly accounts: number;
}

export class GroupStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  all(): readonly GroupRow[] {
    return this.#sql.all<GroupRow>(
      'SELECT number, accounts FROM home_groups WHERE owner = ? ORDER BY number',
      this.#owner,
    );
  }

  open(number: number): void {
    this.#sql.run('INSERT INTO home_groups (owner, number, accounts) VALUES (?, ?, 0)', this.#owner, number);
  }

  countAccount(number: number): void {
    this.#sql.run('UPDATE home_groups SET accounts = accounts + 1 WHERE owner = ? AND number = ?', this.#owner, number);
  }
}
