// What is deleted of a room that nobody remembers, and what is kept of it: that there was one.
import type { Row, Sql } from '../../ports/sql.ts';

interface PurgeRow extends Row {
  readonly epoch: number;
  readonly under_way: number;
}

/** Tables whose rows go, with what tells their rows apart. The listing stays: what the directory hears of it is numbered on. */
const TABLES: readonly (readonly [table: string, key: string])[] = [
  ['room_events', 'number'],
  ['room_nodes', 'id'],
  ['room_log', 'room_pos'],
  ['room_relations', 'parent, room_pos'],
  ['room_transactions', 'hash, number'],
  ['room_receipts', 'user_id, type, thread_id'],
  ['room_keys', 'type, state_key'],
  ['room_members', 'user_id'],
  ['room_groups', 'grp'],
  ['room_erasures', 'user_id'],
  ['room_guests', 'user_id'],
  ['room_relays', 'room_pos'],
  ['room_shards', 'shard'],
  ['room_auth_chains', 'number'],
  ['room_auth_citations', 'cited, citing'],
  ['room_auth_backlog', 'next'],
  ['room_gaps', 'hash, child'],
  ['room_early_redactions', 'hash, redaction'],
  ['room_staged', 'id'],
  ['room_introductions', 'number'],
  ['room_auth_contents', 'number'],
];

export class PurgeStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  /** The epoch of the room that was, if there was one, and whether there is anything left of it. */
  get(): { readonly epoch: number; readonly underWay: boolean } | undefined {
    const row = this.#sql.first<PurgeRow>('SELECT epoch, under_way FROM room_purges WHERE owner = ?', this.#owner);
    return row && { epoch: row.epoch, underWay: row.under_way === 1 };
  }

  /** Whether other servers are, or ever were, in the room. */
  isShared(): boolean {
    const row = this.#sql.first('SELECT 1 AS found FROM room_stays WHERE owner = ? LIMIT 1', this.#owner);
    return row !== undefined;
  }

  /** From here on there is no room. */
  begin(epoch: number): void {
    this.#sql.run(
      `INSERT INTO room_purges (owner, epoch, under_way) VALUES (?, ?, 1)
       ON CONFLICT DO UPDATE SET epoch = excluded.epoch, under_way = 1`,
      this.#owner,
      epoch,
    );
    this.#sql.run('DELETE FROM room_info WHERE owner = ?', this.#owner);
  }

  end(): void {
    this.#sql.run('UPDATE room_purges SET under_way = 0 WHERE owner = ?', this.#owner);
  }

  /** Deletes at most `limit` rows; false if there were none. */
  deleteSome(limit: number): boolean {
    return TABLES.some(
      ([table, key]) =>
        this.#sql.run(
          `DELETE FROM ${table} WHERE owner = ?1 AND (${key}) IN (SELECT ${key} FROM ${table} WHERE owner = ?1 LIMIT ?2)`,
          this.#owner,
          limit,
        ) > 0,
    );
  }
}
