// Nonces that were given out and not yet used.
import type { Sql } from '../../ports/sql.ts';

/** As many as anybody may need in a minute; the oldest go first, so that asking for nonces fills nothing. */
const KEPT = 1000;

export class NonceStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  keep(nonce: string, now: number, ms: number): void {
    this.#sql.run('DELETE FROM home_nonces WHERE owner = ? AND until <= ?', this.#owner, now);
    this.#sql.run(
      `DELETE FROM home_nonces WHERE owner = ?1 AND nonce IN
       (SELECT nonce FROM home_nonces WHERE owner = ?1 ORDER BY until DESC, nonce LIMIT -1 OFFSET ?2)`,
      this.#owner,
      KEPT - 1,
    );
    this.#sql.run('INSERT INTO home_nonces (owner, nonce, until) VALUES (?, ?, ?)', this.#owner, nonce, now + ms);
  }

  /** Whether the nonce was there and good; it is gone then. */
  take(nonce: string, now: number): boolean {
    return (
      this.#sql.run('DELETE FROM home_nonces WHERE owner = ? AND nonce = ? AND until > ?', this.#owner, nonce, now) > 0
    );
  }
}
