// Which event a client's transaction made. A row is 48 bits of a hash and the event's number; the event's own row, with its
// sender, device and transaction id, confirms it.
import type { Sql } from '../../ports/sql.ts';
import type { ClientTransaction, Requester } from '../../ports/contracts/requester.ts';
import { shortHash } from './events.ts';

/**
 * How many of a room's newest events are known by their transactions; what is older is looked for every so many events, so that
 * it costs a send next to nothing. By the number of events, whatever the clock says.
 */
const EVENTS_KEPT = 50_000;
const PRUNE_EVERY = 4096;

export class TransactionStore {
  readonly #sql: Sql;
  readonly #owner: number;
  /** The event at which this instance has looked last; the first after it woke looks too. */
  #pruned = 0;

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
    const first = number - EVENTS_KEPT;
    if (first > 0 && number - this.#pruned >= PRUNE_EVERY) {
      this.#pruned = number;
      this.#sql.run('DELETE FROM room_transactions WHERE owner = ? AND number <= ?', this.#owner, first);
    }
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

/** JSON keeps the parts apart whatever they hold. A device that was deleted and made again under its id is another. */
function hashOf({ userId, deviceId, deviceBorn = 0 }: Requester, { scope, id }: ClientTransaction): number {
  const device = deviceBorn === 0 ? [deviceId ?? null] : [deviceId ?? null, deviceBorn];
  return shortHash(JSON.stringify([userId, ...device, scope, id]));
}
