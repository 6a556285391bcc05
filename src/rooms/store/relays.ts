// Events of other servers that we have let into the room, and so have to send to the others in it; and how far each shard of
// Servers is known to have been told.
import type { Sql } from '../../ports/sql.ts';

export class RelayStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  add(roomPos: number): void {
    this.#sql.run('INSERT OR IGNORE INTO room_relays (owner, room_pos) VALUES (?, ?)', this.#owner, roomPos);
  }

  /** The positions after `after` and up to `to`. */
  between(after: number, to: number): ReadonlySet<number> {
    return new Set(
      this.#sql
        .all<{ room_pos: number }>(
          'SELECT room_pos FROM room_relays WHERE owner = ? AND room_pos > ? AND room_pos <= ?',
          this.#owner,
          after,
          to,
        )
        .map((row) => row.room_pos),
    );
  }

  /** Up to where each shard has the room, as far as was written down. */
  told(): ReadonlyMap<number, number> {
    return new Map(
      this.#sql
        .all<{ shard: number; told: number }>('SELECT shard, told FROM room_shards WHERE owner = ?', this.#owner)
        .map((row) => [row.shard, row.told]),
    );
  }

  putTold(shard: number, told: number): void {
    this.#sql.run(
      `INSERT INTO room_shards (owner, shard, told) VALUES (?, ?, ?)
       ON CONFLICT (owner, shard) DO UPDATE SET told = excluded.told`,
      this.#owner,
      shard,
      told,
    );
  }
}
