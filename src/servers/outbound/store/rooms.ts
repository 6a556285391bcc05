// The rooms that have told a shard of themselves, and when its servers were in them.
import type { Sql } from '../../../ports/sql.ts';

export interface ToldRoom {
  readonly number: number;
  readonly epoch: number;
  /** The last position of the room's log that is known. */
  readonly applied: number;
}

export interface Stay {
  readonly server: string;
  readonly from: number;
  readonly until: number | undefined;
}

/** The last event of a room that was to be sent. */
export interface LastEvent {
  readonly pos: number;
  readonly roomPos: number;
  readonly eventId: string;
  readonly server: string;
}

export class RoomStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  get(roomId: string): ToldRoom | undefined {
    return this.#sql.first<{ number: number; epoch: number; applied: number }>(
      'SELECT room AS number, epoch, applied FROM servers_rooms WHERE owner = ? AND room_id = ?',
      this.#owner,
      roomId,
    );
  }

  add(roomId: string, epoch: number, applied: number): ToldRoom {
    const newest = this.#sql.first<{ room: number | null }>(
      'SELECT max(room) AS room FROM servers_rooms WHERE owner = ?',
      this.#owner,
    );
    const number = (newest?.room ?? 0) + 1;
    this.#sql.run(
      `INSERT INTO servers_rooms (owner, room, room_id, epoch, applied, last_pos, last_room_pos)
       VALUES (?, ?, ?, ?, ?, 0, 0)`,
      this.#owner,
      number,
      roomId,
      epoch,
      applied,
    );
    return { number, epoch, applied };
  }

  move(room: ToldRoom, last: LastEvent | undefined): void {
    this.#sql.run(
      'UPDATE servers_rooms SET epoch = ?, applied = ? WHERE owner = ? AND room = ?',
      room.epoch,
      room.applied,
      this.#owner,
      room.number,
    );
    if (last !== undefined)
      this.#sql.run(
        `UPDATE servers_rooms SET last_pos = ?, last_room_pos = ?, last_event_id = ?, last_server = ?
         WHERE owner = ? AND room = ?`,
        last.pos,
        last.roomPos,
        last.eventId,
        last.server,
        this.#owner,
        room.number,
      );
  }

  beginStay(server: string, room: number, from: number): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO servers_stays (owner, server, room, from_pos) VALUES (?, ?, ?, ?)',
      this.#owner,
      server,
      room,
      from,
    );
  }

  endStay(server: string, room: number, until: number): void {
    this.#sql.run(
      'UPDATE servers_stays SET until_pos = ? WHERE owner = ? AND server = ? AND room = ? AND until_pos IS NULL',
      until,
      this.#owner,
      server,
      room,
    );
  }

  forgetStays(room: number): void {
    this.#sql.run('DELETE FROM servers_stays WHERE owner = ? AND room = ?', this.#owner, room);
  }

  stays(room: number): Stay[] {
    return this.#sql
      .all<{ server: string; from_pos: number; until_pos: number | null }>(
        'SELECT server, from_pos, until_pos FROM servers_stays WHERE owner = ? AND room = ? ORDER BY server, from_pos',
        this.#owner,
        room,
      )
      .map((row) => ({ server: row.server, from: row.from_pos, until: row.until_pos ?? undefined }));
  }

  /** The rooms that a server is in first, and of those the ones with something sent lately. */
  roomsWith(server: string, most: number): string[] {
    return this.#sql
      .all<{ room_id: string }>(
        `SELECT r.room_id FROM servers_stays s JOIN servers_rooms r ON r.owner = s.owner AND r.room = s.room
         WHERE s.owner = ? AND s.server = ? GROUP BY r.room
         ORDER BY count(*) = count(s.until_pos), r.last_pos DESC, r.room LIMIT ?`,
        this.#owner,
        server,
        most,
      )
      .map((row) => row.room_id);
  }
}
