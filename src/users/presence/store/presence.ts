// Presence as rows.
import type { Row, Sql } from '../../../ports/sql.ts';

export interface PresenceRow extends Row {
  readonly user_id: string;
  readonly status_msg: string | null;
  readonly last_active: number | null;
  readonly online: number;
}

export class PresenceStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  all(): readonly PresenceRow[] {
    return this.#sql.all<PresenceRow>(
      'SELECT user_id, status_msg, last_active, online FROM users_presence WHERE owner = ?',
      this.#owner,
    );
  }

  put({ user_id: userId, status_msg: statusMsg, last_active: lastActive, online }: PresenceRow): void {
    this.#sql.run(
      `INSERT INTO users_presence (owner, user_id, status_msg, last_active, online) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET status_msg = excluded.status_msg, last_active = excluded.last_active, online = excluded.online`,
      this.#owner,
      userId,
      statusMsg,
      lastActive,
      online,
    );
  }

  remove(userId: string): void {
    this.#sql.run('DELETE FROM users_presence WHERE owner = ? AND user_id = ?', this.#owner, userId);
  }
}
