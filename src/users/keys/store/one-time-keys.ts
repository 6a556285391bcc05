// One-time and fallback keys as rows.
import type { Row, Sql } from '../../../ports/sql.ts';

interface KeyRow extends Row {
  readonly key_id: string;
  readonly key: string;
}

interface CountRow extends Row {
  readonly algorithm: string;
  readonly count: number;
}

/** How many ids of claimed keys a device keeps. A client holds at most a few hundred keys at a time. */
const CLAIMED_KEPT = 1000;

export class OneTimeKeyStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  /** The stored text of a key: empty if it was claimed, undefined if it was never uploaded. */
  text(userId: string, deviceId: string, algorithm: string, keyId: string): string | undefined {
    return this.#sql.first<KeyRow>(
      'SELECT key_id, key FROM users_one_time_keys WHERE owner = ? AND user_id = ? AND device_id = ? AND algorithm = ? AND key_id = ?',
      this.#owner,
      userId,
      deviceId,
      algorithm,
      keyId,
    )?.key;
  }

  /** How many keys, claimed or not, a device has had: the number of the next one is larger than all there are. */
  lastNumber(userId: string, deviceId: string): number {
    return (
      this.#sql.first<{ number: number | null }>(
        'SELECT MAX(number) AS number FROM users_one_time_keys WHERE owner = ? AND user_id = ? AND device_id = ?',
        this.#owner,
        userId,
        deviceId,
      )?.number ?? 0
    );
  }

  insert(userId: string, deviceId: string, algorithm: string, keyId: string, number: number, key: string): void {
    this.#sql.run(
      'INSERT INTO users_one_time_keys (owner, user_id, device_id, algorithm, key_id, number, key) VALUES (?, ?, ?, ?, ?, ?, ?)',
      this.#owner,
      userId,
      deviceId,
      algorithm,
      keyId,
      number,
      key,
    );
  }

  /** Takes the key that was uploaded first. */
  take(userId: string, deviceId: string, algorithm: string): KeyRow | undefined {
    const row = this.#sql.first<KeyRow>(
      `SELECT key_id, key FROM users_one_time_keys
       WHERE owner = ? AND user_id = ? AND device_id = ? AND algorithm = ? AND key <> '' ORDER BY number LIMIT 1`,
      this.#owner,
      userId,
      deviceId,
      algorithm,
    );
    if (!row) return undefined;
    this.#sql.run(
      `UPDATE users_one_time_keys SET key = '' WHERE owner = ? AND user_id = ? AND device_id = ? AND algorithm = ? AND key_id = ?`,
      this.#owner,
      userId,
      deviceId,
      algorithm,
      row.key_id,
    );
    return row;
  }

  forgetOldClaims(userId: string, deviceId: string): void {
    this.#sql.run(
      `DELETE FROM users_one_time_keys WHERE owner = ?1 AND user_id = ?2 AND device_id = ?3 AND key = '' AND number <=
       (SELECT number FROM users_one_time_keys WHERE owner = ?1 AND user_id = ?2 AND device_id = ?3 AND key = ''
        ORDER BY number DESC LIMIT 1 OFFSET ?4)`,
      this.#owner,
      userId,
      deviceId,
      CLAIMED_KEPT,
    );
  }

  counts(userId: string, deviceId: string): readonly CountRow[] {
    return this.#sql.all<CountRow>(
      `SELECT algorithm, COUNT(*) AS count FROM users_one_time_keys
       WHERE owner = ? AND user_id = ? AND device_id = ? AND key <> '' GROUP BY algorithm ORDER BY algorithm`,
      this.#owner,
      userId,
      deviceId,
    );
  }

  fallback(userId: string, deviceId: string, algorithm: string): KeyRow | undefined {
    return this.#sql.first<KeyRow>(
      'SELECT key_id, key FROM users_fallback_keys WHERE owner = ? AND user_id = ? AND device_id = ? AND algorithm = ?',
      this.#owner,
      userId,
      deviceId,
      algorithm,
    );
  }

  /** For how many algorithms a device has a fallback key. */
  fallbackAlgorithms(userId: string, deviceId: string): number {
    return (
      this.#sql.first<{ count: number }>(
        'SELECT COUNT(*) AS count FROM users_fallback_keys WHERE owner = ? AND user_id = ? AND device_id = ?',
        this.#owner,
        userId,
        deviceId,
      )?.count ?? 0
    );
  }

  /** A new fallback key replaces its algorithm's old one, unused. */
  putFallback(userId: string, deviceId: string, algorithm: string, keyId: string, key: string): void {
    this.#sql.run(
      `INSERT INTO users_fallback_keys (owner, user_id, device_id, algorithm, key_id, key, used) VALUES (?, ?, ?, ?, ?, ?, 0)
       ON CONFLICT DO UPDATE SET key_id = excluded.key_id, key = excluded.key, used = 0`,
      this.#owner,
      userId,
      deviceId,
      algorithm,
      keyId,
      key,
    );
  }

  markFallbackUsed(userId: string, deviceId: string, algorithm: string): void {
    this.#sql.run(
      'UPDATE users_fallback_keys SET used = 1 WHERE owner = ? AND user_id = ? AND device_id = ? AND algorithm = ? AND used = 0',
      this.#owner,
      userId,
      deviceId,
      algorithm,
    );
  }

  unusedFallbacks(userId: string, deviceId: string): readonly string[] {
    return this.#sql
      .all<{ algorithm: string }>(
        'SELECT algorithm FROM users_fallback_keys WHERE owner = ? AND user_id = ? AND device_id = ? AND used = 0 ORDER BY algorithm',
        this.#owner,
        userId,
        deviceId,
      )
      .map((row) => row.algorithm);
  }

  remove(userId: string, deviceId: string): void {
    this.#sql.run(
      'DELETE FROM users_one_time_keys WHERE owner = ? AND user_id = ? AND device_id = ?',
      this.#owner,
      userId,
      deviceId,
    );
    this.#sql.run(
      'DELETE FROM users_fallback_keys WHERE owner = ? AND user_id = ? AND device_id = ?',
      this.#owner,
      userId,
      deviceId,
    );
  }
}
