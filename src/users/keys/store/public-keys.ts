// Device keys, cross-signing keys and the signatures on them, as rows.
import type { Row, Sql } from '../../../ports/sql.ts';

interface DeviceKeysRow extends Row {
  readonly device_id: string;
  readonly keys: string;
}

export interface CrossSigningRow extends Row {
  readonly usage: string;
  readonly public_key: string;
  readonly key: string;
}

export interface SignatureRow extends Row {
  readonly signer: string;
  readonly key_id: string;
  readonly signature: string;
}

export class PublicKeyStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  deviceKeys(userId: string): readonly DeviceKeysRow[] {
    return this.#sql.all<DeviceKeysRow>(
      'SELECT device_id, keys FROM users_device_keys WHERE owner = ? AND user_id = ? ORDER BY device_id',
      this.#owner,
      userId,
    );
  }

  deviceKey(userId: string, deviceId: string): string | undefined {
    return this.#sql.first<DeviceKeysRow>(
      'SELECT device_id, keys FROM users_device_keys WHERE owner = ? AND user_id = ? AND device_id = ?',
      this.#owner,
      userId,
      deviceId,
    )?.keys;
  }

  putDeviceKeys(userId: string, deviceId: string, keys: string): void {
    this.#sql.run(
      'INSERT INTO users_device_keys (owner, user_id, device_id, keys) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET keys = excluded.keys',
      this.#owner,
      userId,
      deviceId,
      keys,
    );
  }

  /** Whether the device had keys. */
  removeDevice(userId: string, deviceId: string): boolean {
    this.#sql.run(
      'DELETE FROM users_key_signatures WHERE owner = ? AND user_id = ? AND target = ?',
      this.#owner,
      userId,
      deviceId,
    );
    return (
      this.#sql.run(
        'DELETE FROM users_device_keys WHERE owner = ? AND user_id = ? AND device_id = ?',
        this.#owner,
        userId,
        deviceId,
      ) > 0
    );
  }

  crossSigning(userId: string): readonly CrossSigningRow[] {
    return this.#sql.all<CrossSigningRow>(
      'SELECT usage, public_key, key FROM users_cross_signing_keys WHERE owner = ? AND user_id = ? ORDER BY usage',
      this.#owner,
      userId,
    );
  }

  putCrossSigning(userId: string, usage: string, publicKey: string, key: string): void {
    this.#sql.run(
      `INSERT INTO users_cross_signing_keys (owner, user_id, usage, public_key, key) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET public_key = excluded.public_key, key = excluded.key`,
      this.#owner,
      userId,
      usage,
      publicKey,
      key,
    );
  }

  removeCrossSigning(userId: string, usage: string): void {
    this.#sql.run(
      'DELETE FROM users_cross_signing_keys WHERE owner = ? AND user_id = ? AND usage = ?',
      this.#owner,
      userId,
      usage,
    );
  }

  /** Forgets a user's cross-signing keys and all signatures on the user's keys. */
  removeUser(userId: string): void {
    this.#sql.run('DELETE FROM users_cross_signing_keys WHERE owner = ? AND user_id = ?', this.#owner, userId);
    this.#sql.run('DELETE FROM users_key_signatures WHERE owner = ? AND user_id = ?', this.#owner, userId);
  }

  signatures(userId: string, target: string): readonly SignatureRow[] {
    return this.#sql.all<SignatureRow>(
      'SELECT signer, key_id, signature FROM users_key_signatures WHERE owner = ? AND user_id = ? AND target = ? ORDER BY signer, key_id',
      this.#owner,
      userId,
      target,
    );
  }

  putSignature(userId: string, target: string, signer: string, keyId: string, signature: string): void {
    this.#sql.run(
      `INSERT INTO users_key_signatures (owner, user_id, target, signer, key_id, signature) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET signature = excluded.signature`,
      this.#owner,
      userId,
      target,
      signer,
      keyId,
      signature,
    );
  }

  /** Forgets what a key of the user's has signed among the user's own keys. */
  removeSignaturesBy(userId: string, keyId: string): void {
    this.#sql.run(
      'DELETE FROM users_key_signatures WHERE owner = ? AND user_id = ? AND signer = ? AND key_id = ?',
      this.#owner,
      userId,
      userId,
      keyId,
    );
  }

  removeSignatures(userId: string, target: string): void {
    this.#sql.run(
      'DELETE FROM users_key_signatures WHERE owner = ? AND user_id = ? AND target = ?',
      this.#owner,
      userId,
      target,
    );
  }
}
