// The events to be sent to other servers, in one order; a destination is a position in it.
import type { Sql } from '../../../ports/sql.ts';

export interface OutboundRow {
  readonly pos: number;
  readonly roomId: string;
  readonly eventId: string;
}

interface DueRow {
  readonly pos: number;
  readonly room_id: string;
  readonly event_id: string;
  readonly [column: string]: number | string;
}

/** A stay holds a position of a room's log. */
const STAYED = 't.from_pos < s.room_pos AND (t.until_pos IS NULL OR t.until_pos >= s.room_pos)';

export class StreamStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  add(pos: number, room: number, roomPos: number, eventId: string, server: string): void {
    this.#sql.run(
      'INSERT INTO servers_stream (owner, pos, room, room_pos, event_id, server) VALUES (?, ?, ?, ?, ?, ?)',
      this.#owner,
      pos,
      room,
      roomPos,
      eventId,
      server,
    );
  }

  /** What is for a destination after `after` and up to `to`, at most `limit` events. */
  due(destination: string, after: number, to: number, limit: number): OutboundRow[] {
    return this.#sql
      .all<DueRow>(
        `SELECT s.pos, r.room_id, s.event_id FROM servers_stream s
         JOIN servers_stays t ON t.owner = s.owner AND t.server = ? AND t.room = s.room AND ${STAYED}
         JOIN servers_rooms r ON r.owner = s.owner AND r.room = s.room
         WHERE s.owner = ? AND s.pos > ? AND s.pos <= ? AND s.server <> ? ORDER BY s.pos LIMIT ?`,
        destination,
        this.#owner,
        after,
        to,
        destination,
        limit,
      )
      .map(rowOf);
  }

  /**
   * For who has missed many: only the last event of each room that the destination is in, which leads to what came before
   * it; and all of the rooms that it has left, which nothing later would lead to.
   */
  newest(destination: string, after: number, limit: number): OutboundRow[] {
    return this.#sql
      .all<DueRow>(
        `SELECT s.last_pos AS pos, s.room_id, s.last_event_id AS event_id FROM servers_stays t
         JOIN servers_rooms s ON s.owner = t.owner AND s.room = t.room
         WHERE t.owner = ?1 AND t.server = ?2 AND t.until_pos IS NULL AND t.from_pos < s.last_room_pos
           AND s.last_pos > ?3 AND s.last_server <> ?2
         UNION
         SELECT s.pos, r.room_id, s.event_id FROM servers_stays t
         JOIN servers_rooms r ON r.owner = t.owner AND r.room = t.room
         JOIN servers_stream s ON s.owner = t.owner AND s.pos > ?3 AND s.room = t.room
           AND t.from_pos < s.room_pos AND t.until_pos >= s.room_pos
         WHERE t.owner = ?1 AND t.server = ?2 AND t.until_pos IS NOT NULL AND s.server <> ?2
         ORDER BY pos LIMIT ?4`,
        this.#owner,
        destination,
        after,
        limit,
      )
      .map(rowOf);
  }

  /** The position of the newest event; 0 if there never was one. */
  last(): number {
    return (
      this.#sql.first<{ pos: number | null }>('SELECT max(pos) AS pos FROM servers_stream WHERE owner = ?', this.#owner)
        ?.pos ?? 0
    );
  }

  /** Lets the events of a room be for nobody; their positions stay taken. */
  forget(room: number): void {
    this.#sql.run('UPDATE servers_stream SET room = 0 WHERE owner = ? AND room = ?', this.#owner, room);
  }

  /** Forgets the events up to a position, but for the newest, so that no position is used twice. */
  prune(upTo: number): void {
    this.#sql.run(
      'DELETE FROM servers_stream WHERE owner = ?1 AND pos <= ?2 AND pos < (SELECT max(pos) FROM servers_stream WHERE owner = ?1)',
      this.#owner,
      upTo,
    );
  }
}

function rowOf(row: DueRow): OutboundRow {
  return { pos: row.pos, roomId: row.room_id, eventId: row.event_id };
}
