// Dehydrated devices as rows: one for each user.
import type { Row, Sql } from '../../../ports/sql.ts';

export interface DehydratedRow extends Row {
  readonly device_id: string;
  readonly device_data: string;
  readonly display_name: string | null;
}

export class DehydratedStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  get(userId: string): DehydratedRow | undefined {
    return this.#sql.first<DehydratedRow>(
      'SELECT device_id, device_data, display_name FROM users_dehydrated_devices WHERE owner = ? AND user_id = ?',
      this.#owner,
      userId,
    );
  }

  put(userId: string, deviceId: string, data: string, displayName: string | null): void {
    this.#sql.run(
      `INSERT INTO users_dehydrated_devices (owner, user_id, device_id, device_data, display_name) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET device_id = excluded.device_id, device_data = excluded.device_data,
         display_name = excluded.display_name`,
      this.#owner,
      userId,
      deviceId,
      data,
      displayName,
    );
  }

  remove(userId: string): void {
    this.#sql.run('DELETE FROM users_dehydrated_devices WHERE owner = ? AND user_id = ?', this.#owner, userId);
  }
}
