// Devices and the tokens that belong to them, as rows.
import type { Row, Sql } from '../../../ports/sql.ts';
import type { HashedToken } from './other-tokens.ts';

export interface DeviceRow extends Row {
  readonly device_id: string;
  readonly display_name: string | null;
  readonly last_seen_ip: string | null;
  readonly last_seen_ts: number | null;
  readonly user_agent: string | null;
  readonly session: number;
  readonly generation: number;
  readonly born: number;
}

interface TokenRow extends Row {
  readonly user_id: string;
  readonly device_id: string;
  readonly generation: number | null;
  readonly expires_at: number | null;
}

const COLUMNS = 'device_id, display_name, last_seen_ip, last_seen_ts, user_agent, session, generation, born';

export class DeviceStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  all(userId: string): readonly DeviceRow[] {
    return this.#sql.all<DeviceRow>(
      `SELECT ${COLUMNS} FROM users_devices WHERE owner = ? AND user_id = ? ORDER BY device_id`,
      this.#owner,
      userId,
    );
  }

  get(userId: string, deviceId: string): DeviceRow | undefined {
    return this.#sql.first<DeviceRow>(
      `SELECT ${COLUMNS} FROM users_devices WHERE owner = ? AND user_id = ? AND device_id = ?`,
      this.#owner,
      userId,
      deviceId,
    );
  }

  /** All devices of a user but the `keep` that were seen last; one that never was counts as seen longest ago. */
  seenLongestAgo(userId: string, keep: number): readonly string[] {
    return this.#sql
      .all<{ device_id: string }>(
        `SELECT device_id FROM users_devices WHERE owner = ? AND user_id = ?
         ORDER BY COALESCE(last_seen_ts, 0) DESC, device_id LIMIT -1 OFFSET ?`,
        this.#owner,
        userId,
        keep,
      )
      .map((row) => row.device_id);
  }

  insert(userId: string, deviceId: string, displayName: string | null, born: number): void {
    this.#sql.run(
      'INSERT INTO users_devices (owner, user_id, device_id, display_name, born) VALUES (?, ?, ?, ?, ?)',
      this.#owner,
      userId,
      deviceId,
      displayName,
      born,
    );
  }

  /** A further login on a device: tokens begin anew. */
  beginSession(userId: string, deviceId: string): void {
    this.#sql.run(
      'UPDATE users_devices SET session = session + 1, generation = 0 WHERE owner = ? AND user_id = ? AND device_id = ?',
      this.#owner,
      userId,
      deviceId,
    );
  }

  /** Notes that a token of a generation was used. */
  use(userId: string, deviceId: string, generation: number): void {
    this.#sql.run(
      'UPDATE users_devices SET generation = ? WHERE owner = ? AND user_id = ? AND device_id = ?',
      generation,
      this.#owner,
      userId,
      deviceId,
    );
  }

  rename(userId: string, deviceId: string, displayName: string | null): void {
    this.#sql.run(
      'UPDATE users_devices SET display_name = ? WHERE owner = ? AND user_id = ? AND device_id = ?',
      displayName,
      this.#owner,
      userId,
      deviceId,
    );
  }

  seen(userId: string, deviceId: string, ip: string, ts: number, userAgent: string | null): void {
    this.#sql.run(
      'UPDATE users_devices SET last_seen_ip = ?, last_seen_ts = ?, user_agent = ? WHERE owner = ? AND user_id = ? AND device_id = ?',
      ip,
      ts,
      userAgent,
      this.#owner,
      userId,
      deviceId,
    );
  }

  /** Whether the device was there. Its tokens end with it. */
  delete(userId: string, deviceId: string): boolean {
    this.deleteTokens(userId, deviceId);
    return (
      this.#sql.run(
        'DELETE FROM users_devices WHERE owner = ? AND user_id = ? AND device_id = ?',
        this.#owner,
        userId,
        deviceId,
      ) > 0
    );
  }

  insertToken(
    { hash, digest }: HashedToken,
    userId: string,
    deviceId: string,
    generation: number | null,
    expiresAt: number | null,
  ): void {
    this.#sql.run(
      'INSERT INTO users_tokens (owner, hash, digest, user_id, device_id, generation, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      this.#owner,
      hash,
      digest,
      userId,
      deviceId,
      generation,
      expiresAt,
    );
  }

  token({ hash, digest }: HashedToken): TokenRow | undefined {
    return this.#sql.first<TokenRow>(
      'SELECT user_id, device_id, generation, expires_at FROM users_tokens WHERE owner = ? AND hash = ? AND digest = ?',
      this.#owner,
      hash,
      digest,
    );
  }

  /** Drops access tokens of a device that are older than `least` or newer than `most`. */
  keepGenerations(userId: string, deviceId: string, least: number, most: number): void {
    this.#sql.run(
      `DELETE FROM users_tokens WHERE owner = ? AND user_id = ? AND device_id = ? AND (generation < ? OR generation > ?)`,
      this.#owner,
      userId,
      deviceId,
      least,
      most,
    );
  }

  /** Lets access tokens of a device that are older than a generation expire at a time, if they do not sooner. */
  expireBefore(userId: string, deviceId: string, generation: number, at: number): void {
    this.#sql.run(
      `UPDATE users_tokens SET expires_at = MIN(expires_at, ?) WHERE owner = ? AND user_id = ? AND device_id = ? AND generation < ?`,
      at,
      this.#owner,
      userId,
      deviceId,
      generation,
    );
  }

  deleteTokens(userId: string, deviceId: string): void {
    this.#sql.run(
      'DELETE FROM users_tokens WHERE owner = ? AND user_id = ? AND device_id = ?',
      this.#owner,
      userId,
      deviceId,
    );
  }
}
