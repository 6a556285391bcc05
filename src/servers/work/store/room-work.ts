// Rooms that something is to be done for.
import type { Row, Sql } from '../../../ports/sql.ts';

export interface RoomWorkRow extends Row {
  readonly room_id: string;
  readonly stamp: number;
  readonly tries: number;
}

export class RoomWorkStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  get(roomId: string): RoomWorkRow | undefined {
    return this.#sql.first<RoomWorkRow>(
      'SELECT room_id, stamp, tries FROM servers_room_work WHERE owner = ? AND room_id = ?',
      this.#owner,
      roomId,
    );
  }

  /** Asks for work on a room. One that is leased (`keepDue`) is not due before the lease ends. */
  ask(roomId: string, now: number, keepDue: boolean): void {
    this.#sql.run(
      `INSERT INTO servers_room_work (owner, room_id, due_at, tries, stamp) VALUES (?, ?, ?, 0, 1)
       ON CONFLICT DO UPDATE SET stamp = stamp + 1, tries = 0, due_at = CASE WHEN ? THEN due_at ELSE excluded.due_at END`,
      this.#owner,
      roomId,
      now,
      keepDue ? 1 : 0,
    );
  }

  /** What is due. A time further ahead than any that is ever set was set before somebody put the clock back. */
  due(now: number, furthest: number, most: number): RoomWorkRow[] {
    return this.#sql.all<RoomWorkRow>(
      `SELECT room_id, stamp, tries FROM servers_room_work WHERE owner = ? AND (due_at <= ? OR due_at > ?)
       ORDER BY due_at, room_id LIMIT ?`,
      this.#owner,
      now,
      furthest,
      most,
    );
  }

  earliest(): number | undefined {
    return (
      this.#sql.first<{ at: number | null }>(
        'SELECT min(due_at) AS at FROM servers_room_work WHERE owner = ?',
        this.#owner,
      )?.at ?? undefined
    );
  }

  setDue(roomId: string, dueAt: number, tries: number): void {
    this.#sql.run(
      'UPDATE servers_room_work SET due_at = ?, tries = ? WHERE owner = ? AND room_id = ?',
      dueAt,
      tries,
      this.#owner,
      roomId,
    );
  }

  remove(roomId: string): void {
    this.#sql.run('DELETE FROM servers_room_work WHERE owner = ? AND room_id = ?', this.#owner, roomId);
  }
}
