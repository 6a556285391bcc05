// Devices and the tokens that belong to them, as rows.
import type { Row, Sql } from '../../../ports/sql.ts';

export interface DeviceRow extends Row {
  readonly device_id: string;
  readonly display_name: string | null;
  readonly last_seen_ip: string | null;
  readonly last_seen_ts: number | null;
}

interface TokenRow extends Row {
  readonly user_id: string;
  readonly device_id: string;
}

const COLUMNS = 'device_id, display_name, last_seen_ip, last_seen_ts';

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

  insert(userId: string, deviceId: string, displayName: string | null): void {
    this.#sql.run(
      'INSERT INTO users_devices (owner, user_id, device_id, display_name) VALUES (?, ?, ?, ?)',
      this.#owner,
      userId,
      deviceId,
      displayName,
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

  insertToken(hash: number, digest: Uint8Array, userId: string, deviceId: string): void {
    this.#sql.run(
      'INSERT INTO users_tokens (owner, hash, digest, user_id, device_id) VALUES (?, ?, ?, ?, ?)',
      this.#owner,
      hash,
      digest,
      userId,
      deviceId,
    );
  }

  token(hash: number, digest: Uint8Array): TokenRow | undefined {
    return this.#sql.first<TokenRow>(
      'SELECT user_id, device_id FROM users_tokens WHERE owner = ? AND hash = ? AND digest = ?',
      this.#owner,
      hash,
      digest,
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
