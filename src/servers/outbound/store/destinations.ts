// Where the destinations stand: most at one level that is written down now and then, those in trouble each by itself.
import type { Sql } from '../../../ports/sql.ts';

export interface OutboundState {
  /** Part of every transaction id, so that no other life of this server makes the same. */
  readonly name: string;
  /** The position up to which all have all that is for them, but for those in trouble. */
  readonly level: number;
}

export interface Trouble {
  readonly server: string;
  readonly cursor: number;
  /** How often in a row it could not be reached. */
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly retryAt: number;
  /** Where the transaction ends that it has not taken. */
  readonly retryUpTo: number | undefined;
}

export class DestinationStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  state(): OutboundState | undefined {
    return this.#sql.first<{ name: string; level: number }>(
      'SELECT name, level FROM servers_outbound WHERE owner = ?',
      this.#owner,
    );
  }

  putState({ name, level }: OutboundState): void {
    this.#sql.run(
      `INSERT INTO servers_outbound (owner, name, level) VALUES (?, ?, ?)
       ON CONFLICT (owner) DO UPDATE SET level = excluded.level`,
      this.#owner,
      name,
      level,
    );
  }

  troubles(): Trouble[] {
    return this.#sql
      .all<{ server: string; cursor: number; failures: number; retry_at: number; retry_up_to: number | null }>(
        'SELECT server, cursor, failures, retry_at, retry_up_to FROM servers_destinations WHERE owner = ? ORDER BY server',
        this.#owner,
      )
      .map(({ retry_at: retryAt, retry_up_to: retryUpTo, ...row }) => ({
        ...row,
        retryAt,
        retryUpTo: retryUpTo ?? undefined,
      }));
  }

  putTrouble(trouble: Trouble): void {
    this.#sql.run(
      `INSERT INTO servers_destinations (owner, server, cursor, failures, retry_at, retry_up_to) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (owner, server) DO UPDATE SET cursor = excluded.cursor, failures = excluded.failures,
       retry_at = excluded.retry_at, retry_up_to = excluded.retry_up_to`,
      this.#owner,
      trouble.server,
      trouble.cursor,
      trouble.failures,
      trouble.retryAt,
      trouble.retryUpTo ?? null,
    );
  }

  /** All servers that were ever in a room here. */
  servers(): string[] {
    return this.#sql
      .all<{ server: string }>('SELECT DISTINCT server FROM servers_stays WHERE owner = ? ORDER BY server', this.#owner)
      .map((row) => row.server);
  }

  removeTrouble(server: string): void {
    this.#sql.run('DELETE FROM servers_destinations WHERE owner = ? AND server = ?', this.#owner, server);
  }
}
