// Refresh, login and OpenID tokens as rows.
import type { Row, Sql } from '../../../ports/sql.ts';

export type TokenKind = 'refresh' | 'login' | 'openid';

/** What is kept of a token: 48 bits to find it by, and all of its hash to know it by. */
export interface HashedToken {
  readonly hash: number;
  readonly digest: Uint8Array;
}

export interface OtherTokenRow extends Row {
  readonly user_id: string;
  readonly device_id: string;
  readonly generation: number;
  readonly expires_at: number | null;
}

export class OtherTokenStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  insert(
    kind: TokenKind,
    { hash, digest }: HashedToken,
    of: { readonly userId: string; readonly deviceId: string },
    generation: number,
    expiresAt: number | null,
  ): void {
    this.#sql.run(
      `INSERT INTO users_other_tokens (owner, kind, hash, digest, user_id, device_id, generation, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      this.#owner,
      kind,
      hash,
      digest,
      of.userId,
      of.deviceId,
      generation,
      expiresAt,
    );
  }

  get(kind: TokenKind, { hash, digest }: HashedToken): OtherTokenRow | undefined {
    return this.#sql.first<OtherTokenRow>(
      `SELECT user_id, device_id, generation, expires_at FROM users_other_tokens
       WHERE owner = ? AND kind = ? AND hash = ? AND digest = ?`,
      this.#owner,
      kind,
      hash,
      digest,
    );
  }

  delete(kind: TokenKind, { hash, digest }: HashedToken): void {
    this.#sql.run(
      'DELETE FROM users_other_tokens WHERE owner = ? AND kind = ? AND hash = ? AND digest = ?',
      this.#owner,
      kind,
      hash,
      digest,
    );
  }

  deleteOfDevice(userId: string, deviceId: string): void {
    this.#sql.run(
      'DELETE FROM users_other_tokens WHERE owner = ? AND user_id = ? AND device_id = ?',
      this.#owner,
      userId,
      deviceId,
    );
  }

  /** Drops refresh tokens of a device that are older than `least` or newer than `most`. */
  keepGenerations(userId: string, deviceId: string, least: number, most: number): void {
    this.#sql.run(
      `DELETE FROM users_other_tokens WHERE owner = ? AND user_id = ? AND device_id = ? AND kind = 'refresh'
       AND (generation < ? OR generation > ?)`,
      this.#owner,
      userId,
      deviceId,
      least,
      most,
    );
  }

  /** Drops a device's tokens of a kind that have expired, and of the rest all but the newest `keep`. */
  prune(kind: TokenKind, userId: string, deviceId: string, now: number, keep: number): void {
    this.#sql.run(
      `DELETE FROM users_other_tokens WHERE owner = ?1 AND user_id = ?2 AND device_id = ?3 AND kind = ?4 AND (expires_at <= ?5 OR
       digest IN (SELECT digest FROM users_other_tokens WHERE owner = ?1 AND user_id = ?2 AND device_id = ?3 AND kind = ?4
       ORDER BY expires_at DESC LIMIT -1 OFFSET ?6))`,
      this.#owner,
      userId,
      deviceId,
      kind,
      now,
      keep,
    );
  }
}
