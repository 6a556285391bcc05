// The index of auth chains, and its links back: who cites whom.
import type { Sql } from '../../ports/sql.ts';
import type { AuthChainStore, IndexedEvent } from '../../state/auth-chains/auth-chain-store.ts';

interface ChainRow {
  readonly number: number;
  readonly chain: number;
  readonly previous: number | null;
  readonly reached: number;
  readonly auth: string;
  readonly [column: string]: number | string | null;
}

const COLUMNS = 'number, chain, previous, reached, auth';

export class AuthChainRows implements AuthChainStore {
  readonly #sql: Sql;
  readonly #owner: number;
  /** The next event to be indexed of a room that was begun without an index; `null` if there is none. */
  #backlog: number | null | undefined;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  get(number: number): IndexedEvent | undefined {
    const row = this.#sql.first<ChainRow>(
      `SELECT ${COLUMNS} FROM room_auth_chains WHERE owner = ? AND number = ?`,
      this.#owner,
      number,
    );
    return row === undefined ? undefined : fromRow(row);
  }

  many(numbers: readonly number[]): IndexedEvent[] {
    return this.#sql
      .all<ChainRow>(
        `SELECT ${COLUMNS} FROM room_auth_chains WHERE owner = ? AND number IN (SELECT value FROM json_each(?))`,
        this.#owner,
        JSON.stringify(numbers),
      )
      .map(fromRow);
  }

  put(event: IndexedEvent): void {
    this.#sql.run(
      'INSERT INTO room_auth_chains (owner, number, chain, previous, continued, reached, auth) VALUES (?, ?, ?, ?, 0, ?, ?)',
      this.#owner,
      event.number,
      event.chain,
      event.previous ?? null,
      event.reached,
      event.auth.join(','),
    );
    if (event.previous !== undefined) {
      this.#sql.run(
        'UPDATE room_auth_chains SET continued = 1 WHERE owner = ? AND number = ?',
        this.#owner,
        event.previous,
      );
    }
    for (const cited of event.auth) {
      this.#sql.run(
        'INSERT INTO room_auth_citations (owner, cited, citing) VALUES (?, ?, ?)',
        this.#owner,
        cited,
        event.number,
      );
    }
  }

  endsChain(number: number): boolean {
    const row = this.#sql.first<{ continued: number }>(
      'SELECT continued FROM room_auth_chains WHERE owner = ? AND number = ?',
      this.#owner,
      number,
    );
    return row?.continued === 0;
  }

  citing(target: number, below: number, limit: number): number[] {
    return this.#sql
      .all<{ citing: number }>(
        'SELECT citing FROM room_auth_citations WHERE owner = ? AND cited = ? AND citing < ? ORDER BY citing DESC LIMIT ?',
        this.#owner,
        target,
        below,
        limit,
      )
      .map((row) => row.citing);
  }

  get backlog(): number | undefined {
    this.#backlog ??=
      this.#sql.first<{ next: number }>('SELECT next FROM room_auth_backlog WHERE owner = ?', this.#owner)?.next ??
      null;
    return this.#backlog ?? undefined;
  }

  /** The events before `next` are indexed; undefined: all are. */
  setBacklog(next: number | undefined): void {
    if (next === undefined) this.#sql.run('DELETE FROM room_auth_backlog WHERE owner = ?', this.#owner);
    else this.#sql.run('UPDATE room_auth_backlog SET next = ? WHERE owner = ?', next, this.#owner);
    this.#backlog = next ?? null;
  }

  /** Forgets what a change that was undone has left. */
  forget(): void {
    this.#backlog = undefined;
  }
}

function fromRow(row: ChainRow): IndexedEvent {
  return {
    number: row.number,
    auth: row.auth === '' ? [] : row.auth.split(',').map(Number),
    chain: row.chain,
    previous: row.previous ?? undefined,
    reached: row.reached,
  };
}
