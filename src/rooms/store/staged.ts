// Events of other servers that wait to be judged, as they came.
import type { Sql } from '../../ports/sql.ts';

/** `event`: it is to have its place in the room; `outlier`: it is to judge others by. */
export type StagedRole = 'event' | 'outlier';
const ROLES: readonly StagedRole[] = ['event', 'outlier'];

export interface StagedRow {
  readonly id: number;
  /** The server that gave it. */
  readonly origin: string;
  readonly eventId: string;
  readonly json: string;
  readonly role: StagedRole;
  /** The row that it was fetched for; its own id for what was sent to us. */
  readonly wantedBy: number;
  /** What has been asked of others for it. */
  readonly requests: number;
}

export class StagedStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  all(): StagedRow[] {
    return this.#sql
      .all<{
        id: number;
        origin: string;
        event_id: string;
        json: string;
        role: number;
        wanted_by: number;
        requests: number;
      }>(
        'SELECT id, origin, event_id, json, role, wanted_by, requests FROM room_staged WHERE owner = ? ORDER BY id',
        this.#owner,
      )
      .map((row) => ({
        id: row.id,
        origin: row.origin,
        eventId: row.event_id,
        json: row.json,
        role: ROLES[row.role] ?? 'outlier',
        wantedBy: row.wanted_by,
        requests: row.requests,
      }));
  }

  /** The server that gave what has been waiting longest; undefined if nothing waits. */
  oldestOrigin(): string | undefined {
    return this.#sql.first<{ origin: string }>(
      'SELECT origin FROM room_staged WHERE owner = ? ORDER BY id LIMIT 1',
      this.#owner,
    )?.origin;
  }

  put(row: StagedRow): void {
    this.#sql.run(
      `INSERT INTO room_staged (owner, id, origin, event_id, json, role, wanted_by, requests) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (owner, id) DO UPDATE SET role = excluded.role, wanted_by = excluded.wanted_by, requests = excluded.requests`,
      this.#owner,
      row.id,
      row.origin,
      row.eventId,
      row.json,
      ROLES.indexOf(row.role),
      row.wantedBy,
      row.requests,
    );
  }

  remove(id: number): void {
    this.#sql.run('DELETE FROM room_staged WHERE owner = ? AND id = ?', this.#owner, id);
  }
}
