// When other servers were in the room: what happened after a stay began and up to its end is for the server.
import type { Sql } from '../../ports/sql.ts';

/** A server came into the room (`joined`) or left it with the entry of the log at `roomPos`. */
export interface StayChange {
  readonly server: string;
  readonly roomPos: number;
  readonly joined: boolean;
  /** The stay that ended was for that entry alone, or might have been. */
  readonly single: boolean;
}

export class StayStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  begin(server: string, roomPos: number): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO room_stays (owner, server, from_pos) VALUES (?, ?, ?)',
      this.#owner,
      server,
      roomPos,
    );
  }

  end(server: string, roomPos: number): void {
    this.#sql.run(
      'UPDATE room_stays SET until_pos = ? WHERE owner = ? AND server = ? AND until_pos IS NULL',
      roomPos,
      this.#owner,
      server,
    );
  }

  /** A server that is not in the room is sent one entry of it: as if it had been there for that one alone. */
  addSingle(server: string, roomPos: number): void {
    this.begin(server, roomPos - 1);
    this.end(server, roomPos);
  }

  /** Ends all stays that last. */
  endAll(roomPos: number): void {
    this.#sql.run('UPDATE room_stays SET until_pos = ? WHERE owner = ? AND until_pos IS NULL', roomPos, this.#owner);
  }

  /** Whether any other server is in the room now. */
  any(): boolean {
    return (
      this.#sql.first(
        'SELECT 1 AS found FROM room_stays WHERE owner = ? AND until_pos IS NULL LIMIT 1',
        this.#owner,
      ) !== undefined
    );
  }

  /** The servers in the room now. */
  current(): string[] {
    return this.#sql
      .all<{ server: string }>(
        'SELECT server FROM room_stays WHERE owner = ? AND until_pos IS NULL ORDER BY server',
        this.#owner,
      )
      .map((row) => row.server);
  }

  /** Whether any other server is in the room, or was after a position. */
  anyAfter(roomPos: number): boolean {
    return (
      this.#sql.first(
        'SELECT 1 AS found FROM room_stays WHERE owner = ? AND (until_pos IS NULL OR until_pos > ?) LIMIT 1',
        this.#owner,
        roomPos,
      ) !== undefined
    );
  }

  /** Every server that ever was in the room, and where its last stay ended; undefined while it lasts. */
  servers(): { readonly server: string; readonly first: number; readonly until: number | undefined }[] {
    return this.#sql
      .all<{ server: string; first: number; until: number | null }>(
        `SELECT server, min(from_pos) AS first,
           CASE WHEN count(*) = count(until_pos) THEN max(until_pos) END AS until
         FROM room_stays WHERE owner = ? GROUP BY server ORDER BY server`,
        this.#owner,
      )
      .map((row) => ({ server: row.server, first: row.first, until: row.until ?? undefined }));
  }

  /** The beginnings and ends after `after` and up to `to`, in order. */
  changes(after: number, to: number): StayChange[] {
    const begun = this.#sql.all<{ server: string; room_pos: number }>(
      'SELECT server, from_pos AS room_pos FROM room_stays WHERE owner = ? AND from_pos > ? AND from_pos <= ?',
      this.#owner,
      after,
      to,
    );
    const ended = this.#sql.all<{ server: string; room_pos: number; from_pos: number }>(
      'SELECT server, until_pos AS room_pos, from_pos FROM room_stays WHERE owner = ? AND until_pos > ? AND until_pos <= ?',
      this.#owner,
      after,
      to,
    );
    return [
      ...begun.map(({ server, room_pos }) => ({ server, roomPos: room_pos, joined: true, single: false })),
      ...ended.map(({ server, room_pos: roomPos, from_pos: from }) => ({
        server,
        roomPos,
        joined: false,
        single: from === roomPos - 1,
      })),
    ].sort((a, b) => a.roomPos - b.roomPos || (a.server < b.server ? -1 : Number(a.server > b.server)));
  }
}
