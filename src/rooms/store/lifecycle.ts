// Whether the room is published, and by what it is being replaced.
import type { Row, Sql } from '../../ports/sql.ts';

/** No state has this root: the directory was told nothing yet. */
export const NOTHING_TOLD = -1;

export interface ListingRow extends Row {
  readonly published: number;
  readonly publication: number;
  readonly told: number;
}

export interface Upgrade {
  readonly newRoom: string;
  readonly userId: string;
  readonly group: number;
  readonly begunAt: number;
  readonly decided: boolean;
}

export class LifecycleStore {
  readonly #sql: Sql;
  readonly #owner: number;
  /** Asked after every change of the room's state, so it is kept. */
  #listing: { readonly row: ListingRow | undefined } | undefined;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  /** Undefined if the room never was published. */
  listing(): ListingRow | undefined {
    this.#listing ??= {
      row: this.#sql.first<ListingRow>(
        'SELECT published, publication, told FROM room_listing WHERE owner = ?',
        this.#owner,
      ),
    };
    return this.#listing.row;
  }

  /** Inside a commit; what is kept in memory is read anew. */
  putListing(published: boolean, publication: number, told: number): void {
    this.#listing = undefined;
    this.#sql.run(
      `INSERT INTO room_listing (owner, published, publication, told) VALUES (?, ?, ?, ?)
       ON CONFLICT (owner) DO UPDATE SET published = excluded.published, publication = excluded.publication,
       told = excluded.told`,
      this.#owner,
      published ? 1 : 0,
      publication,
      told,
    );
  }

  /** Inside a commit: what the directory was told holds no more. True if the room is published. */
  tellListingAnew(): boolean {
    const known = this.listing();
    if (known?.published !== 1) return false;
    this.putListing(true, known.publication + 1, NOTHING_TOLD);
    return true;
  }

  upgrade(): Upgrade | undefined {
    const row = this.#sql.first<{
      new_room: string;
      user_id: string;
      grp: number;
      begun_at: number;
      decided: number;
    }>('SELECT new_room, user_id, grp, begun_at, decided FROM room_upgrades WHERE owner = ?', this.#owner);
    return row === undefined
      ? undefined
      : {
          newRoom: row.new_room,
          userId: row.user_id,
          group: row.grp,
          begunAt: row.begun_at,
          decided: row.decided === 1,
        };
  }

  putUpgrade(upgrade: Upgrade): void {
    this.#sql.run(
      `INSERT INTO room_upgrades (owner, new_room, user_id, grp, begun_at, decided) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (owner) DO UPDATE SET new_room = excluded.new_room, user_id = excluded.user_id, grp = excluded.grp,
       begun_at = excluded.begun_at, decided = excluded.decided`,
      this.#owner,
      upgrade.newRoom,
      upgrade.userId,
      upgrade.group,
      upgrade.begunAt,
      upgrade.decided ? 1 : 0,
    );
  }

  endUpgrade(): void {
    this.#sql.run('DELETE FROM room_upgrades WHERE owner = ?', this.#owner);
  }

  forget(): void {
    this.#listing = undefined;
  }
}
