// Backup versions and their session keys as rows.
import type { BackupKeysAsked } from '../../../ports/contracts/users-backup.ts';
import type { Row, Sql, SqlValue } from '../../../ports/sql.ts';

export interface BackupRow extends Row {
  readonly version: number;
  readonly algorithm: string;
  readonly auth_data: string;
  readonly etag: number;
  readonly keys: number;
}

export interface BackupKeyRow extends Row {
  readonly room_id: string;
  readonly session_id: string;
  readonly data: string;
}

const COLUMNS = 'version, algorithm, auth_data, etag, keys';

export class BackupStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  /** Deletes up to `limit` keys of a user, or, if there are none, all backups. False once there are none of these either. */
  removeSome(userId: string, limit: number): boolean {
    const keys = this.#sql.run(
      `DELETE FROM users_backup_keys WHERE owner = ?1 AND user_id = ?2 AND (version, room_id, session_id) IN
       (SELECT version, room_id, session_id FROM users_backup_keys WHERE owner = ?1 AND user_id = ?2 LIMIT ?3)`,
      this.#owner,
      userId,
      limit,
    );
    if (keys > 0) return true;
    return this.#sql.run('DELETE FROM users_backups WHERE owner = ? AND user_id = ?', this.#owner, userId) > 0;
  }

  /** The number of the last version there ever was. */
  lastVersion(userId: string): number {
    return (
      this.#sql.first<{ last: number | null }>(
        'SELECT MAX(version) AS last FROM users_backups WHERE owner = ? AND user_id = ?',
        this.#owner,
        userId,
      )?.last ?? 0
    );
  }

  /** How many there are now. */
  versions(userId: string): number {
    return (
      this.#sql.first<{ count: number }>(
        'SELECT COUNT(*) AS count FROM users_backups WHERE owner = ? AND user_id = ? AND deleted = 0',
        this.#owner,
        userId,
      )?.count ?? 0
    );
  }

  /** Forgets versions up to one that were deleted. */
  forgetDeleted(userId: string, upTo: number): void {
    this.#sql.run(
      'DELETE FROM users_backups WHERE owner = ? AND user_id = ? AND deleted = 1 AND version <= ?',
      this.#owner,
      userId,
      upTo,
    );
  }

  latest(userId: string): BackupRow | undefined {
    return this.#sql.first<BackupRow>(
      `SELECT ${COLUMNS} FROM users_backups WHERE owner = ? AND user_id = ? AND deleted = 0 ORDER BY version DESC LIMIT 1`,
      this.#owner,
      userId,
    );
  }

  get(userId: string, version: number): (BackupRow & { readonly deleted: number }) | undefined {
    return this.#sql.first<BackupRow & { deleted: number }>(
      `SELECT ${COLUMNS}, deleted FROM users_backups WHERE owner = ? AND user_id = ? AND version = ?`,
      this.#owner,
      userId,
      version,
    );
  }

  insert(userId: string, version: number, algorithm: string, authData: string): void {
    this.#sql.run(
      'INSERT INTO users_backups (owner, user_id, version, algorithm, auth_data, etag, keys, deleted) VALUES (?, ?, ?, ?, ?, 0, 0, 0)',
      this.#owner,
      userId,
      version,
      algorithm,
      authData,
    );
  }

  setAuthData(userId: string, version: number, authData: string): void {
    this.#sql.run(
      'UPDATE users_backups SET auth_data = ? WHERE owner = ? AND user_id = ? AND version = ?',
      authData,
      this.#owner,
      userId,
      version,
    );
  }

  /** Counts a change: the etag moves and the number of keys with it. */
  changed(userId: string, version: number, added: number): void {
    this.#sql.run(
      'UPDATE users_backups SET etag = etag + 1, keys = keys + ? WHERE owner = ? AND user_id = ? AND version = ?',
      added,
      this.#owner,
      userId,
      version,
    );
  }

  /** The row stays, so that the version is never used again. */
  delete(userId: string, version: number): void {
    this.#sql.run(
      'UPDATE users_backups SET deleted = 1, keys = 0 WHERE owner = ? AND user_id = ? AND version = ?',
      this.#owner,
      userId,
      version,
    );
    this.#sql.run(
      'DELETE FROM users_backup_keys WHERE owner = ? AND user_id = ? AND version = ?',
      this.#owner,
      userId,
      version,
    );
  }

  key(userId: string, version: number, roomId: string, sessionId: string): string | undefined {
    return this.#sql.first<{ data: string }>(
      'SELECT data FROM users_backup_keys WHERE owner = ? AND user_id = ? AND version = ? AND room_id = ? AND session_id = ?',
      this.#owner,
      userId,
      version,
      roomId,
      sessionId,
    )?.data;
  }

  putKey(userId: string, version: number, roomId: string, sessionId: string, data: string): void {
    this.#sql.run(
      `INSERT INTO users_backup_keys (owner, user_id, version, room_id, session_id, data) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET data = excluded.data`,
      this.#owner,
      userId,
      version,
      roomId,
      sessionId,
      data,
    );
  }

  /** At most `limit` keys after another, in the order of the primary key. */
  keys(userId: string, version: number, asked: BackupKeysAsked, limit: number): readonly BackupKeyRow[] {
    const { where, values } = this.#scope(userId, version, asked.roomId, asked.sessionId);
    const { after } = asked;
    const [beyond, from] = after ? [' AND (room_id, session_id) > (?, ?)', [after.roomId, after.sessionId]] : ['', []];
    return this.#sql.all<BackupKeyRow>(
      `SELECT room_id, session_id, data FROM users_backup_keys WHERE ${where}${beyond} ORDER BY room_id, session_id LIMIT ?`,
      ...values,
      ...from,
      limit,
    );
  }

  /** Deletes keys and tells how many there were. */
  deleteKeys(userId: string, version: number, roomId: string | undefined, sessionId: string | undefined): number {
    const { where, values } = this.#scope(userId, version, roomId, sessionId);
    return this.#sql.run(`DELETE FROM users_backup_keys WHERE ${where}`, ...values);
  }

  #scope(
    userId: string,
    version: number,
    roomId: string | undefined,
    sessionId: string | undefined,
  ): { readonly where: string; readonly values: readonly SqlValue[] } {
    const given = [
      ['room_id', roomId],
      ['session_id', sessionId],
    ].filter((part): part is [string, string] => part[1] !== undefined);
    return {
      where: ['owner = ? AND user_id = ? AND version = ?', ...given.map(([column]) => `${column} = ?`)].join(' AND '),
      values: [this.#owner, userId, version, ...given.map(([, value]) => value)],
    };
  }
}
