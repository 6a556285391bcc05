// Which event a client's transaction made. A row is 48 bits of a hash and the event's number; the event's own row, with its
// sender, device and transaction id, confirms it.
import type { Sql } from '../../ports/sql.ts';
import type { ClientTransaction, Requester } from '../../ports/contracts/requester.ts';
import { shortHash } from './events.ts';

export class TransactionStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  put(by: Requester, transaction: ClientTransaction, number: number): void {
    this.#sql.run(
      'INSERT OR IGNORE INTO room_transactions (owner, hash, number) VALUES (?, ?, ?)',
      this.#owner,
      hashOf(by, transaction),
      number,
    );
  }

  /** The numbers of the events that the transaction may have made, to be confirmed. */
  candidates(by: Requester, transaction: ClientTransaction): number[] {
    return this.#sql
      .all<{ number: number }>(
        'SELECT number FROM room_transactions WHERE owner = ? AND hash = ? ORDER BY number',
        this.#owner,
        hashOf(by, transaction),
      )
      .map((row) => row.number);
  }
}

/** JSON keeps the parts apart whatever they hold. */
function hashOf(by: Requester, transaction: ClientTransaction): number {
  return shortHash(JSON.stringify([by.userId, by.deviceId ?? null, transaction.scope, transaction.id]));
}
