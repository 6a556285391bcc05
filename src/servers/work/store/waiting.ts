// PDUs that wait for rooms that were too busy to take them.
import type { Row, Sql } from '../../../ports/sql.ts';

interface WaitingRow extends Row {
  readonly id: number;
  readonly origin: string;
  readonly bytes: number;
  readonly text: string;
}

export class WaitingStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  first(roomId: string, most: number): WaitingRow[] {
    return this.#sql.all<WaitingRow>(
      'SELECT id, origin, bytes, text FROM servers_waiting WHERE owner = ? AND room_id = ? ORDER BY id LIMIT ?',
      this.#owner,
      roomId,
      most,
    );
  }

  any(roomId: string): boolean {
    return (
      this.#sql.first('SELECT 1 AS one FROM servers_waiting WHERE owner = ? AND room_id = ?', this.#owner, roomId) !==
      undefined
    );
  }

  roomsOf(origin: string): string[] {
    return this.#sql
      .all<{ room_id: string }>(
        'SELECT DISTINCT room_id FROM servers_waiting WHERE owner = ? AND origin = ? ORDER BY room_id',
        this.#owner,
        origin,
      )
      .map((row) => row.room_id);
  }

  /** How many PDUs, and bytes of them, wait of one origin, or of all. */
  size(origin?: string): { readonly count: number; readonly bytes: number } {
    return this.#sql.first<{ count: number; bytes: number }>(
      `SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes FROM servers_waiting
       WHERE owner = ?1 AND (?2 IS NULL OR origin = ?2)`,
      this.#owner,
      origin ?? null,
    )!;
  }

  add(origin: string, roomId: string, text: string, bytes: number): void {
    this.#sql.run(
      `INSERT INTO servers_waiting (owner, id, origin, room_id, bytes, text)
       VALUES (?1, (SELECT coalesce(max(id), 0) + 1 FROM servers_waiting WHERE owner = ?1), ?2, ?3, ?4, ?5)`,
      this.#owner,
      origin,
      roomId,
      bytes,
      text,
    );
  }

  /** Removes what waits for a room up to an id. */
  removeUpTo(roomId: string, id: number): void {
    this.#sql.run('DELETE FROM servers_waiting WHERE owner = ? AND room_id = ? AND id <= ?', this.#owner, roomId, id);
  }
}
