// Profile fields, and the rooms that have yet to hear of a change, as rows.
import type { Row, Sql } from '../../../ports/sql.ts';

interface FieldRow extends Row {
  readonly key: string;
  readonly value: string;
}

export interface Errand extends Row {
  readonly user_id: string;
  readonly room_id: string;
}

export class ProfileStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  fields(userId: string): readonly FieldRow[] {
    return this.#sql.all<FieldRow>(
      'SELECT key, value FROM users_profiles WHERE owner = ? AND user_id = ? ORDER BY key',
      this.#owner,
      userId,
    );
  }

  put(userId: string, key: string, value: string): void {
    this.#sql.run(
      'INSERT INTO users_profiles (owner, user_id, key, value) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
      this.#owner,
      userId,
      key,
      value,
    );
  }

  delete(userId: string, key: string): void {
    this.#sql.run('DELETE FROM users_profiles WHERE owner = ? AND user_id = ? AND key = ?', this.#owner, userId, key);
  }

  removeUser(userId: string): void {
    this.#sql.run('DELETE FROM users_profiles WHERE owner = ? AND user_id = ?', this.#owner, userId);
    this.#sql.run('DELETE FROM users_profile_errands WHERE owner = ? AND user_id = ?', this.#owner, userId);
  }

  /** In order, those after one of them. */
  errandsAfter(last: Errand | undefined, limit: number): readonly Errand[] {
    return this.#sql.all<Errand>(
      `SELECT user_id, room_id FROM users_profile_errands WHERE owner = ? AND (user_id, room_id) > (?, ?)
       ORDER BY user_id, room_id LIMIT ?`,
      this.#owner,
      last?.user_id ?? '',
      last?.room_id ?? '',
      limit,
    );
  }

  addErrand(userId: string, roomId: string): void {
    this.#sql.run(
      'INSERT INTO users_profile_errands (owner, user_id, room_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      this.#owner,
      userId,
      roomId,
    );
  }

  endErrand(userId: string, roomId: string): void {
    this.#sql.run(
      'DELETE FROM users_profile_errands WHERE owner = ? AND user_id = ? AND room_id = ?',
      this.#owner,
      userId,
      roomId,
    );
  }
}
