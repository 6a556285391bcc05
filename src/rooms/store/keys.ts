// The room's own small numbers for (type, state_key) pairs, given in the order in which they first entered a state.
import type { Sql } from '../../ports/sql.ts';

export class KeyStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  get(type: string, stateKey: string): number | undefined {
    return this.#sql.first<{ key: number }>(
      'SELECT key FROM room_keys WHERE owner = ? AND type = ? AND state_key = ?',
      this.#owner,
      type,
      stateKey,
    )?.key;
  }

  /** The numbers of all keys of other types than `type`. */
  ofOtherTypes(type: string): number[] {
    return this.#sql
      .all<{ key: number }>(
        'SELECT key FROM room_keys WHERE owner = ? AND type < ? UNION ALL SELECT key FROM room_keys WHERE owner = ? AND type > ?',
        this.#owner,
        type,
        this.#owner,
        type,
      )
      .map((row) => row.key);
  }

  /** The state keys of members that end with `suffix`. */
  ofMembers(suffix: string): string[] {
    return this.#sql
      .all<{ state_key: string }>(
        `SELECT state_key FROM room_keys
         WHERE owner = ?1 AND type = 'm.room.member' AND substr(state_key, -length(?2)) = ?2 ORDER BY key`,
        this.#owner,
        suffix,
      )
      .map((row) => row.state_key);
  }

  put(type: string, stateKey: string, key: number): void {
    this.#sql.run(
      'INSERT INTO room_keys (owner, type, state_key, key) VALUES (?, ?, ?, ?)',
      this.#owner,
      type,
      stateKey,
      key,
    );
  }
}
