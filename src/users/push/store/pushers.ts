// Pushers as rows: one for each user, app id and pushkey.
import type { PusherClaim, PusherKey } from '../../../ports/contracts/users-pushers.ts';
import type { Row, Sql } from '../../../ports/sql.ts';

export interface PusherRow extends Row {
  readonly app_id: string;
  readonly pushkey: string;
  /** The rest of the pusher as JSON. */
  readonly about: string;
}

export class PusherStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  of(userId: string): readonly PusherRow[] {
    return this.#sql.all<PusherRow>(
      'SELECT app_id, pushkey, about FROM users_pushers WHERE owner = ? AND user_id = ? ORDER BY app_id, pushkey',
      this.#owner,
      userId,
    );
  }

  put({ userId, appId, pushkey, setAt }: PusherClaim, deviceId: string | null, about: string): void {
    this.#sql.run(
      `INSERT INTO users_pushers (owner, user_id, app_id, pushkey, device_id, set_at, about) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET device_id = excluded.device_id, set_at = excluded.set_at, about = excluded.about`,
      this.#owner,
      userId,
      appId,
      pushkey,
      deviceId,
      setAt,
      about,
    );
  }

  /** Drops all of a user's but the `keep` that were set last. */
  prune(userId: string, keep: number): void {
    this.#sql.run(
      `DELETE FROM users_pushers WHERE owner = ?1 AND user_id = ?2 AND (app_id, pushkey) IN (
         SELECT app_id, pushkey FROM users_pushers WHERE owner = ?1 AND user_id = ?2
         ORDER BY set_at DESC, app_id, pushkey LIMIT -1 OFFSET ?3)`,
      this.#owner,
      userId,
      keep,
    );
  }

  delete(userId: string, { appId, pushkey }: PusherKey): void {
    this.#sql.run(
      'DELETE FROM users_pushers WHERE owner = ? AND user_id = ? AND app_id = ? AND pushkey = ?',
      this.#owner,
      userId,
      appId,
      pushkey,
    );
  }

  /** Those of all users but one. */
  deleteOfOthers(userId: string, { appId, pushkey }: PusherKey): void {
    this.#sql.run(
      'DELETE FROM users_pushers WHERE owner = ? AND app_id = ? AND pushkey = ? AND user_id <> ?',
      this.#owner,
      appId,
      pushkey,
      userId,
    );
  }

  /** Those that others set before. */
  deleteBefore({ userId, appId, pushkey, setAt }: PusherClaim): void {
    this.#sql.run(
      `DELETE FROM users_pushers WHERE owner = ? AND app_id = ? AND pushkey = ? AND user_id <> ? AND (set_at, user_id) < (?, ?)`,
      this.#owner,
      appId,
      pushkey,
      userId,
      setAt,
      userId,
    );
  }

  deleteOfDevice(userId: string, deviceId: string): void {
    this.#sql.run(
      'DELETE FROM users_pushers WHERE owner = ? AND user_id = ? AND device_id = ?',
      this.#owner,
      userId,
      deviceId,
    );
  }

  deleteOfUser(userId: string): void {
    this.#sql.run('DELETE FROM users_pushers WHERE owner = ? AND user_id = ?', this.#owner, userId);
  }
}
