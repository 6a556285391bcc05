// What is left, beside what a redaction leaves, of the contents of redacted events by which others are authorised.
import type { Sql } from '../../ports/sql.ts';
import { isObject, type JsonObject } from '../../spec/json.ts';

export class AuthContentStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  put(number: number, content: JsonObject): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO room_auth_contents (owner, number, content) VALUES (?, ?, ?)',
      this.#owner,
      number,
      JSON.stringify(content),
    );
  }

  get(number: number): JsonObject | undefined {
    const row = this.#sql.first<{ content: string }>(
      'SELECT content FROM room_auth_contents WHERE owner = ? AND number = ?',
      this.#owner,
      number,
    );
    const content: unknown = row === undefined ? undefined : JSON.parse(row.content);
    return isObject(content) ? content : undefined;
  }
}
