// Answers to transactions of other servers, for who repeats them.
import type { Sql } from '../../../ports/sql.ts';

export class TransactionStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  answer(origin: string, transactionId: string): string | undefined {
    return this.#sql.first<{ answer: string }>(
      'SELECT answer FROM servers_transactions WHERE owner = ? AND origin = ? AND transaction_id = ?',
      this.#owner,
      origin,
      transactionId,
    )?.answer;
  }

  /** Keeps the first answer. */
  add(origin: string, transactionId: string, answer: string): void {
    this.#sql.run(
      `INSERT OR IGNORE INTO servers_transactions (owner, id, origin, transaction_id, answer)
       VALUES (?1, (SELECT coalesce(max(id), 0) + 1 FROM servers_transactions WHERE owner = ?1), ?2, ?3, ?4)`,
      this.#owner,
      origin,
      transactionId,
      answer,
    );
  }

  /** Forgets all but the newest answers to one server, and of all together. */
  prune(origin: string, most: number, mostOfAll: number): void {
    this.#sql.run(
      // Left to itself, SQLite would look through those to all servers.
      `DELETE FROM servers_transactions WHERE owner = ?1 AND id IN (
         SELECT id FROM servers_transactions INDEXED BY servers_transactions_name WHERE owner = ?1 AND origin = ?2 ORDER BY id DESC LIMIT -1 OFFSET ?3)`,
      this.#owner,
      origin,
      most,
    );
    this.#sql.run(
      `DELETE FROM servers_transactions
       WHERE owner = ?1 AND id <= (SELECT max(id) FROM servers_transactions WHERE owner = ?1) - ?2`,
      this.#owner,
      mostOfAll,
    );
  }
}
