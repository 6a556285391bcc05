// Account data and filters as rows.
import type { Row, Sql } from '../../../ports/sql.ts';

export interface DataRow extends Row {
  readonly room_id: string;
  readonly type: string;
  readonly content: string;
}

interface Kept {
  readonly entries: number;
  readonly bytes: number;
}

export class DataStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  get(userId: string, roomId: string, type: string): string | undefined {
    return this.#sql.first<{ content: string }>(
      'SELECT content FROM users_account_data WHERE owner = ? AND user_id = ? AND room_id = ? AND type = ?',
      this.#owner,
      userId,
      roomId,
      type,
    )?.content;
  }

  removeUser(userId: string): void {
    this.#sql.run('DELETE FROM users_account_data WHERE owner = ? AND user_id = ?', this.#owner, userId);
    this.#sql.run('DELETE FROM users_filters WHERE owner = ? AND user_id = ?', this.#owner, userId);
  }

  put(userId: string, roomId: string, type: string, content: string, pos: number): void {
    this.#sql.run(
      `INSERT INTO users_account_data (owner, user_id, room_id, type, content, pos) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET content = excluded.content, pos = excluded.pos`,
      this.#owner,
      userId,
      roomId,
      type,
      content,
      pos,
    );
  }

  /** How many entries a user has, and the bytes of their contents. */
  dataKept(userId: string): Kept {
    return this.#kept('users_account_data', 'content', userId);
  }

  filtersKept(userId: string): Kept {
    return this.#kept('users_filters', 'filter', userId);
  }

  /** What changed after a position, global and of rooms. */
  after(userId: string, pos: number): readonly DataRow[] {
    return this.#sql.all<DataRow>(
      'SELECT room_id, type, content FROM users_account_data WHERE owner = ? AND user_id = ? AND pos > ? ORDER BY pos',
      this.#owner,
      userId,
      pos,
    );
  }

  inRoom(userId: string, roomId: string): readonly { readonly type: string; readonly content: string }[] {
    return this.#sql.all<{ type: string; content: string }>(
      'SELECT type, content FROM users_account_data WHERE owner = ? AND user_id = ? AND room_id = ? ORDER BY type',
      this.#owner,
      userId,
      roomId,
    );
  }

  lastPosition(userId: string): number {
    return (
      this.#sql.first<{ pos: number | null }>(
        'SELECT MAX(pos) AS pos FROM users_account_data WHERE owner = ? AND user_id = ?',
        this.#owner,
        userId,
      )?.pos ?? 0
    );
  }

  filter(userId: string, filterId: string): string | undefined {
    return this.#sql.first<{ filter: string }>(
      'SELECT filter FROM users_filters WHERE owner = ? AND user_id = ? AND filter_id = ?',
      this.#owner,
      userId,
      filterId,
    )?.filter;
  }

  putFilter(userId: string, filterId: string, filter: string): void {
    this.#sql.run(
      'INSERT INTO users_filters (owner, user_id, filter_id, filter) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      this.#owner,
      userId,
      filterId,
      filter,
    );
  }

  #kept(table: 'users_account_data' | 'users_filters', column: 'content' | 'filter', userId: string): Kept {
    const row = this.#sql.first<{ entries: number; bytes: number | null }>(
      `SELECT COUNT(*) AS entries, SUM(LENGTH(CAST(${column} AS BLOB))) AS bytes FROM ${table} WHERE owner = ? AND user_id = ?`,
      this.#owner,
      userId,
    );
    return { entries: row?.entries ?? 0, bytes: row?.bytes ?? 0 };
  }
}
