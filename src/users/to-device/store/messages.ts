// To-device messages that wait for their devices, and the transactions that brought them.
import type { Row, Sql } from '../../../ports/sql.ts';

interface MessageRow extends Row {
  readonly pos: number;
  readonly message: string;
}

export class MessageStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  insert(userId: string, deviceId: string, pos: number, sender: string, message: string): void {
    this.#sql.run(
      'INSERT INTO users_to_device (owner, user_id, device_id, pos, sender, message) VALUES (?, ?, ?, ?, ?, ?)',
      this.#owner,
      userId,
      deviceId,
      pos,
      sender,
      message,
    );
  }

  /** How many messages a device has, and their characters. */
  waiting(userId: string, deviceId: string): { readonly count: number; readonly length: number } {
    const row = this.#sql.first<{ count: number; length: number | null }>(
      `SELECT COUNT(*) AS count, SUM(LENGTH(message)) AS length FROM users_to_device
       WHERE owner = ? AND user_id = ? AND device_id = ?`,
      this.#owner,
      userId,
      deviceId,
    );
    return { count: row?.count ?? 0, length: row?.length ?? 0 };
  }

  /** How many of them are of one sender. */
  countFrom(userId: string, deviceId: string, sender: string): number {
    return (
      this.#sql.first<{ count: number }>(
        'SELECT COUNT(*) AS count FROM users_to_device WHERE owner = ? AND user_id = ? AND device_id = ? AND sender = ?',
        this.#owner,
        userId,
        deviceId,
        sender,
      )?.count ?? 0
    );
  }

  /** Drops the oldest messages of a sender to a device beyond `keep`; answers how many. */
  dropOldest(userId: string, deviceId: string, sender: string, keep: number): number {
    const first = this.#sql.first<{ pos: number }>(
      `SELECT pos FROM users_to_device WHERE owner = ? AND user_id = ? AND device_id = ? AND sender = ?
       ORDER BY pos DESC LIMIT 1 OFFSET ?`,
      this.#owner,
      userId,
      deviceId,
      sender,
      keep,
    );
    if (first === undefined) return 0;
    return this.#sql.run(
      'DELETE FROM users_to_device WHERE owner = ? AND user_id = ? AND device_id = ? AND sender = ? AND pos <= ?',
      this.#owner,
      userId,
      deviceId,
      sender,
      first.pos,
    );
  }

  after(userId: string, deviceId: string, pos: number, limit: number): readonly MessageRow[] {
    return this.#sql.all<MessageRow>(
      'SELECT pos, message FROM users_to_device WHERE owner = ? AND user_id = ? AND device_id = ? AND pos > ? ORDER BY pos LIMIT ?',
      this.#owner,
      userId,
      deviceId,
      pos,
      limit,
    );
  }

  /** The position of a device's last message; 0 if it has none. */
  lastPosition(userId: string, deviceId: string): number {
    return (
      this.#sql.first<{ pos: number | null }>(
        'SELECT MAX(pos) AS pos FROM users_to_device WHERE owner = ? AND user_id = ? AND device_id = ?',
        this.#owner,
        userId,
        deviceId,
      )?.pos ?? 0
    );
  }

  deleteUpTo(userId: string, deviceId: string, pos: number): void {
    this.#sql.run(
      'DELETE FROM users_to_device WHERE owner = ? AND user_id = ? AND device_id = ? AND pos <= ?',
      this.#owner,
      userId,
      deviceId,
      pos,
    );
  }

  /** Notes a device's transaction, which has the next number; false if it was noted before. */
  noteTransaction(userId: string, deviceId: string, scope: string, transactionId: string, number: number): boolean {
    return (
      this.#sql.run(
        'INSERT INTO users_to_device_transactions (owner, user_id, device_id, scope, transaction_id, at, number) VALUES (?, ?, ?, ?, ?, 0, ?) ON CONFLICT DO NOTHING',
        this.#owner,
        userId,
        deviceId,
        scope,
        transactionId,
        number,
      ) > 0
    );
  }

  hasTransaction(userId: string, deviceId: string, scope: string, transactionId: string): boolean {
    return (
      this.#sql.first(
        'SELECT 1 AS noted FROM users_to_device_transactions WHERE owner = ? AND user_id = ? AND device_id = ? AND scope = ? AND transaction_id = ?',
        this.#owner,
        userId,
        deviceId,
        scope,
        transactionId,
      ) !== undefined
    );
  }

  /** The number of a device's last transaction; 0 if none is remembered. */
  lastTransaction(userId: string, deviceId: string): number {
    return (
      this.#sql.first<{ last: number | null }>(
        `SELECT MAX(number) AS last FROM users_to_device_transactions WHERE owner = ? AND user_id = ? AND device_id = ?`,
        this.#owner,
        userId,
        deviceId,
      )?.last ?? 0
    );
  }

  /** Forgets a device's transactions up to a number. */
  forgetTransactions(userId: string, deviceId: string, upTo: number): void {
    this.#sql.run(
      'DELETE FROM users_to_device_transactions WHERE owner = ? AND user_id = ? AND device_id = ? AND number <= ?',
      this.#owner,
      userId,
      deviceId,
      upTo,
    );
  }

  removeDevice(userId: string, deviceId: string): void {
    this.#sql.run(
      'DELETE FROM users_to_device WHERE owner = ? AND user_id = ? AND device_id = ?',
      this.#owner,
      userId,
      deviceId,
    );
    this.#sql.run(
      'DELETE FROM users_to_device_transactions WHERE owner = ? AND user_id = ? AND device_id = ?',
      this.#owner,
      userId,
      deviceId,
    );
  }
}
