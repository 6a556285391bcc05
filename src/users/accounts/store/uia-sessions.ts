// User-interactive authentication sessions as rows.
import type { Row, Sql } from '../../../ports/sql.ts';

export interface UiaRow extends Row {
  readonly operation: string;
  readonly user_id: string | null;
  readonly body: string;
  readonly completed: string;
}

export class UiaStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  insert(session: string, operation: string, userId: string | null, body: string, until: number): void {
    this.#sql.run(
      "INSERT INTO users_uia_sessions (owner, session, operation, user_id, body, completed, until) VALUES (?, ?, ?, ?, ?, '[]', ?)",
      this.#owner,
      session,
      operation,
      userId,
      body,
      until,
    );
  }

  get(session: string, now: number): UiaRow | undefined {
    return this.#sql.first<UiaRow>(
      'SELECT operation, user_id, body, completed FROM users_uia_sessions WHERE owner = ? AND session = ? AND until > ?',
      this.#owner,
      session,
      now,
    );
  }

  complete(session: string, completed: string): void {
    this.#sql.run(
      'UPDATE users_uia_sessions SET completed = ? WHERE owner = ? AND session = ?',
      completed,
      this.#owner,
      session,
    );
  }

  /** Whether the session was there. */
  end(session: string): boolean {
    return this.#sql.run('DELETE FROM users_uia_sessions WHERE owner = ? AND session = ?', this.#owner, session) > 0;
  }

  /** Drops what has ended. */
  dropEnded(now: number): void {
    this.#sql.run('DELETE FROM users_uia_sessions WHERE owner = ? AND until <= ?', this.#owner, now);
  }

  /** Drops all but the newest `keep` of a user, or of those whom no user opened. */
  dropOldest(userId: string | null, keep: number): void {
    this.#sql.run(
      `DELETE FROM users_uia_sessions WHERE owner = ?1 AND session IN
       (SELECT session FROM users_uia_sessions WHERE owner = ?1 AND user_id IS ?2 ORDER BY until DESC, session LIMIT -1 OFFSET ?3)`,
      this.#owner,
      userId,
      keep,
    );
  }

  /** Ends all sessions of a user. */
  endAll(userId: string): void {
    this.#sql.run('DELETE FROM users_uia_sessions WHERE owner = ? AND user_id = ?', this.#owner, userId);
  }
}
