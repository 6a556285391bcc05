// The guests who have joined, as rows. A row may outlast the stay that it was made for.
import type { Row, Sql } from '../../ports/sql.ts';

export interface GuestRow extends Row {
  readonly user_id: string;
  readonly grp: number;
}

export class GuestStore {
  readonly #sql: Sql;
  readonly #owner: number;
  /** Asked after every change of the room, and most rooms never have a guest. */
  #any: boolean | undefined;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  forget(): void {
    this.#any = undefined;
  }

  get any(): boolean {
    this.#any ??= this.some(1).length > 0;
    return this.#any;
  }

  some(limit: number): readonly GuestRow[] {
    return this.#sql.all<GuestRow>(
      'SELECT user_id, grp FROM room_guests WHERE owner = ? ORDER BY user_id LIMIT ?',
      this.#owner,
      limit,
    );
  }

  /** Inside a commit; what is kept in memory is read anew. */
  put(userId: string, group: number): void {
    this.#any = undefined;
    this.#sql.run(
      'INSERT INTO room_guests (owner, user_id, grp) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      this.#owner,
      userId,
      group,
    );
  }

  delete(userId: string): void {
    this.#any = undefined;
    this.#sql.run('DELETE FROM room_guests WHERE owner = ? AND user_id = ?', this.#owner, userId);
  }
}
