// Aliases as rows.
import type { Row, Sql } from '../../ports/sql.ts';

export interface AliasRow extends Row {
  readonly alias: string;
  readonly room_id: string;
  readonly creator: string;
  readonly claimed_at: number | null;
}

/** An alias that is gone, and who removed it. */
export interface DropRow extends Row {
  readonly alias: string;
  readonly room_id: string;
  readonly user_id: string;
  readonly grp: number;
}

const COLUMNS = 'alias, room_id, creator, claimed_at';

export class AliasStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  get(alias: string): AliasRow | undefined {
    return this.#sql.first<AliasRow>(
      `SELECT ${COLUMNS} FROM home_aliases WHERE owner = ? AND alias = ?`,
      this.#owner,
      alias,
    );
  }

  insert(alias: string, roomId: string, creator: string, claimedAt: number | null): void {
    this.#sql.run(
      'INSERT INTO home_aliases (owner, alias, room_id, creator, claimed_at) VALUES (?, ?, ?, ?, ?)',
      this.#owner,
      alias,
      roomId,
      creator,
      claimedAt,
    );
  }

  /** Whether it stood for the room. */
  remove(alias: string, roomId: string): boolean {
    return (
      this.#sql.run(
        'DELETE FROM home_aliases WHERE owner = ? AND alias = ? AND room_id = ?',
        this.#owner,
        alias,
        roomId,
      ) > 0
    );
  }

  removeAll(roomId: string): void {
    this.#sql.run('DELETE FROM home_aliases WHERE owner = ? AND room_id = ?', this.#owner, roomId);
  }

  putDrop({ alias, room_id: roomId, user_id: userId, grp }: DropRow): void {
    this.#sql.run(
      `INSERT INTO home_alias_drops (owner, alias, room_id, user_id, grp) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET user_id = excluded.user_id, grp = excluded.grp`,
      this.#owner,
      alias,
      roomId,
      userId,
      grp,
    );
  }

  /** The drop of an alias from a room, if it is yet to be done. */
  drop(alias: string, roomId: string): DropRow | undefined {
    return this.#sql.first<DropRow>(
      'SELECT alias, room_id, user_id, grp FROM home_alias_drops WHERE owner = ? AND alias = ? AND room_id = ?',
      this.#owner,
      alias,
      roomId,
    );
  }

  drops(limit: number): readonly DropRow[] {
    return this.#sql.all<DropRow>(
      'SELECT alias, room_id, user_id, grp FROM home_alias_drops WHERE owner = ? ORDER BY alias, room_id LIMIT ?',
      this.#owner,
      limit,
    );
  }

  endDrop(alias: string, roomId: string): void {
    this.#sql.run(
      'DELETE FROM home_alias_drops WHERE owner = ? AND alias = ? AND room_id = ?',
      this.#owner,
      alias,
      roomId,
    );
  }

  /** How many a user has made. */
  countOf(creator: string): number {
    return (
      this.#sql.first<{ count: number }>(
        'SELECT COUNT(*) AS count FROM home_aliases WHERE owner = ? AND creator = ?',
        this.#owner,
        creator,
      )?.count ?? 0
    );
  }

  ofRoom(roomId: string): string[] {
    return this.#sql
      .all<{ alias: string }>(
        'SELECT alias FROM home_aliases WHERE owner = ? AND room_id = ? AND claimed_at IS NULL ORDER BY alias',
        this.#owner,
        roomId,
      )
      .map((row) => row.alias);
  }

  move(from: string, to: string): void {
    this.#sql.run('UPDATE home_aliases SET room_id = ? WHERE owner = ? AND room_id = ?', to, this.#owner, from);
  }

  /** The oldest claims. */
  claims(limit: number): readonly AliasRow[] {
    return this.#sql.all<AliasRow>(
      `SELECT ${COLUMNS} FROM home_aliases WHERE owner = ? AND claimed_at IS NOT NULL ORDER BY claimed_at LIMIT ?`,
      this.#owner,
      limit,
    );
  }

  /** The room is there. */
  confirm(roomId: string): void {
    this.#sql.run(
      'UPDATE home_aliases SET claimed_at = NULL WHERE owner = ? AND room_id = ? AND claimed_at IS NOT NULL',
      this.#owner,
      roomId,
    );
  }

  /** The room will never be there. */
  release(roomId: string): void {
    this.#sql.run(
      'DELETE FROM home_aliases WHERE owner = ? AND room_id = ? AND claimed_at IS NOT NULL',
      this.#owner,
      roomId,
    );
  }
}
