// What other servers have told of the room to users of ours whom they have invited, or whose knock they have taken.
import type { Sql } from '../../ports/sql.ts';
import { isObject, type JsonObject } from '../../spec/json.ts';

export class IntroductionStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  /** `number`: that of the membership event. */
  put(number: number, strippedState: readonly JsonObject[]): void {
    this.#sql.run(
      `INSERT INTO room_introductions (owner, number, stripped) VALUES (?, ?, ?)
       ON CONFLICT (owner, number) DO UPDATE SET stripped = excluded.stripped`,
      this.#owner,
      number,
      JSON.stringify(strippedState),
    );
  }

  get(number: number): JsonObject[] | undefined {
    const row = this.#sql.first<{ stripped: string }>(
      'SELECT stripped FROM room_introductions WHERE owner = ? AND number = ?',
      this.#owner,
      number,
    );
    const list: unknown = row === undefined ? undefined : JSON.parse(row.stripped);
    return Array.isArray(list) ? list.filter(isObject) : undefined;
  }
}
