// Published rooms as rows, in the order in which they are listed: the largest first.
import type { Row, Sql } from '../../ports/sql.ts';

export interface PublishedRow extends Row {
  readonly room_id: string;
  readonly joined: number;
  readonly chunk: string;
}

/** A place in the order. */
export interface Place {
  readonly joined: number;
  readonly roomId: string;
}

export interface Search {
  /** In lower case; empty for all. */
  readonly term: string;
  /** As JSON arrays; null for all. */
  readonly types: string | null;
  readonly withoutType: boolean;
}

const MATCHES = `owner = ?1 AND joined > 0 AND (?2 = '' OR instr(search, ?2) > 0)
  AND (?3 IS NULL OR room_type IN (SELECT value FROM json_each(?3)) OR (room_type IS NULL AND ?4 = 1))`;

export class PublishedStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  /** Undefined if the room never was published. */
  get(roomId: string): { readonly publication: number; readonly room_pos: number } | undefined {
    return this.#sql.first<{ publication: number; room_pos: number }>(
      'SELECT publication, room_pos FROM home_published WHERE owner = ? AND room_id = ?',
      this.#owner,
      roomId,
    );
  }

  put(row: {
    readonly roomId: string;
    readonly publication: number;
    readonly roomPos: number;
    readonly joined: number;
    readonly roomType: string | null;
    readonly search: string;
    readonly chunk: string;
  }): void {
    this.#sql.run(
      `INSERT INTO home_published (owner, room_id, publication, room_pos, joined, room_type, search, chunk)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET publication = excluded.publication, room_pos = excluded.room_pos, joined = excluded.joined,
       room_type = excluded.room_type, search = excluded.search, chunk = excluded.chunk`,
      this.#owner,
      row.roomId,
      row.publication,
      row.roomPos,
      row.joined,
      row.roomType,
      row.search,
      row.chunk,
    );
  }

  count(search: Search): number {
    const row = this.#sql.first<{ total: number }>(
      `SELECT count(*) AS total FROM home_published WHERE ${MATCHES}`,
      ...this.#values(search),
    );
    return row?.total ?? 0;
  }

  after(search: Search, place: Place | undefined, limit: number): PublishedRow[] {
    const { joined, roomId } = place ?? { joined: Number.MAX_SAFE_INTEGER, roomId: '' };
    return this.#sql.all<PublishedRow>(
      `SELECT room_id, joined, chunk FROM home_published WHERE ${MATCHES}
       AND (joined < ?5 OR (joined = ?5 AND room_id > ?6)) ORDER BY joined DESC, room_id LIMIT ?7`,
      ...this.#values(search),
      joined,
      roomId,
      limit,
    );
  }

  /** Nearest first. */
  before(search: Search, place: Place, limit: number): PublishedRow[] {
    return this.#sql.all<PublishedRow>(
      `SELECT room_id, joined, chunk FROM home_published WHERE ${MATCHES}
       AND (joined > ?5 OR (joined = ?5 AND room_id < ?6)) ORDER BY joined, room_id DESC LIMIT ?7`,
      ...this.#values(search),
      place.joined,
      place.roomId,
      limit,
    );
  }

  #values({ term, types, withoutType }: Search): [number, string, string | null, number] {
    return [this.#owner, term, types, withoutType ? 1 : 0];
  }
}
