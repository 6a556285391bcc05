// What came before what it belongs to: events whose prev_events were not here, and redactions of events that were not here. A
// row names what is missing by 48 bits of its id; the event that the row leads to has the whole id.
import type { Sql } from '../../ports/sql.ts';
import { shortHash } from './events.ts';

export class EarlyStore {
  readonly #sql: Sql;
  readonly #owner: number;
  /** Whether there is any row of either kind: most rooms have none, and then nothing is asked. */
  #gaps: boolean | undefined;
  #redactions: boolean | undefined;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  forget(): void {
    this.#gaps = undefined;
    this.#redactions = undefined;
  }

  addGap(missing: string, child: number): void {
    this.#gaps = true;
    this.#sql.run(
      'INSERT OR IGNORE INTO room_gaps (owner, hash, child) VALUES (?, ?, ?)',
      this.#owner,
      shortHash(missing),
      child,
    );
  }

  /** Whether any event came before a prev_event of its own. */
  get hasGaps(): boolean {
    this.#gaps ??= this.#sql.first('SELECT 1 AS one FROM room_gaps WHERE owner = ? LIMIT 1', this.#owner) !== undefined;
    return this.#gaps;
  }

  /** The numbers of events that came before a prev_event of theirs that may be this one. */
  childrenOf(eventId: string): number[] {
    if (!this.hasGaps) return [];
    return this.#sql
      .all<{ child: number }>(
        'SELECT child FROM room_gaps WHERE owner = ? AND hash = ? ORDER BY child',
        this.#owner,
        shortHash(eventId),
      )
      .map((row) => row.child);
  }

  addRedaction(target: string, redaction: number): void {
    this.#redactions = true;
    this.#sql.run(
      'INSERT OR IGNORE INTO room_early_redactions (owner, hash, redaction) VALUES (?, ?, ?)',
      this.#owner,
      shortHash(target),
      redaction,
    );
  }

  /** The numbers of redactions of what may be this event, in the order in which they came. */
  redactionsOf(eventId: string): number[] {
    this.#redactions ??=
      this.#sql.first('SELECT 1 AS one FROM room_early_redactions WHERE owner = ? LIMIT 1', this.#owner) !== undefined;
    if (!this.#redactions) return [];
    return this.#sql
      .all<{ redaction: number }>(
        'SELECT redaction FROM room_early_redactions WHERE owner = ? AND hash = ? ORDER BY redaction',
        this.#owner,
        shortHash(eventId),
      )
      .map((row) => row.redaction);
  }
}
