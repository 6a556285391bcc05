// Registration tokens, and the uses of them that a registration under way holds.
import type { Row, Sql } from '../../ports/sql.ts';

export interface TokenRow extends Row {
  readonly uses_allowed: number | null;
  readonly completed: number;
  readonly expires_at: number | null;
}

export class RegistrationTokenStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  get(token: string): TokenRow | undefined {
    return this.#sql.first<TokenRow>(
      'SELECT uses_allowed, completed, expires_at FROM home_registration_tokens WHERE owner = ? AND token = ?',
      this.#owner,
      token,
    );
  }

  insert(token: string, usesAllowed: number | null, expiresAt: number | null): void {
    this.#sql.run(
      'INSERT INTO home_registration_tokens (owner, token, uses_allowed, completed, expires_at) VALUES (?, ?, ?, 0, ?)',
      this.#owner,
      token,
      usesAllowed,
      expiresAt,
    );
  }

  countUse(token: string): void {
    this.#sql.run(
      'UPDATE home_registration_tokens SET completed = completed + 1 WHERE owner = ? AND token = ?',
      this.#owner,
      token,
    );
  }

  /** How many uses sessions other than `session` hold. */
  held(token: string, session: string, now: number): number {
    const row = this.#sql.first<{ held: number }>(
      'SELECT COUNT(*) AS held FROM home_registration_holds WHERE owner = ? AND token = ? AND session <> ? AND until > ?',
      this.#owner,
      token,
      session,
      now,
    );
    return row?.held ?? 0;
  }

  dropEnded(now: number): void {
    this.#sql.run('DELETE FROM home_registration_holds WHERE owner = ? AND until <= ?', this.#owner, now);
  }

  hold(token: string, session: string, until: number): void {
    this.#sql.run(
      `INSERT INTO home_registration_holds (owner, session, token, until) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET token = excluded.token, until = excluded.until`,
      this.#owner,
      session,
      token,
      until,
    );
  }

  /** Ends the session's hold and names its token, if it had one. */
  release(session: string): string | undefined {
    const row = this.#sql.first<{ token: string }>(
      'DELETE FROM home_registration_holds WHERE owner = ? AND session = ? RETURNING token',
      this.#owner,
      session,
    );
    return row?.token;
  }
}
