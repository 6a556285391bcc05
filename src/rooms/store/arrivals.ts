// A room that is being brought here: how far that has come, so that whoever goes on with it finds what has been done.
import type { Sql } from '../../ports/sql.ts';

export interface ArrivalRow {
  readonly claim: number;
  /** When the last step was, milliseconds since the epoch. */
  readonly touchedAt: number;
  /** The state as far as it is here. */
  readonly root: number;
  /** Of the members in it that are not ours: how many are joined, and invited. */
  readonly joined: number;
  readonly invited: number;
}

export class ArrivalStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  get(): ArrivalRow | undefined {
    const row = this.#sql.first<{ claim: number; touched_at: number; root: number; joined: number; invited: number }>(
      'SELECT claim, touched_at, root, joined, invited FROM room_arrivals WHERE owner = ?',
      this.#owner,
    );
    if (row === undefined) return undefined;
    const { claim, root, joined, invited } = row;
    return { claim, touchedAt: row.touched_at, root, joined, invited };
  }

  put(row: ArrivalRow): void {
    this.#sql.run(
      `INSERT INTO room_arrivals (owner, claim, touched_at, root, joined, invited) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (owner) DO UPDATE SET claim = excluded.claim, touched_at = excluded.touched_at, root = excluded.root,
       joined = excluded.joined, invited = excluded.invited`,
      this.#owner,
      row.claim,
      row.touchedAt,
      row.root,
      row.joined,
      row.invited,
    );
  }

  remove(): void {
    this.#sql.run('DELETE FROM room_arrivals WHERE owner = ?', this.#owner);
  }
}
