// The Sql port over an in-memory database, with savepoints for transactions.
import { DatabaseSync } from 'node:sqlite';
import type { Row, Schema, Sql, SqlValue } from '../../src/ports/sql.ts';

export class MemorySql implements Sql {
  readonly database = new DatabaseSync(':memory:');
  /** How many statements have been run, and how many rows written. */
  statements = 0;
  /** How many rows have been read in lists. */
  rowsRead = 0;
  /** The disk fills up after so many more writes. */
  writesLeft = Infinity;
  readonly #prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  #depth = 0;

  constructor(schema: Schema) {
    for (const step of schema.steps) this.database.exec(step);
  }

  /** How the database finds the rows of each statement that has been run. */
  plans(): { readonly text: string; readonly steps: readonly string[] }[] {
    return [...this.#prepared.keys()].map((text) => {
      const steps = this.database.prepare(`EXPLAIN QUERY PLAN ${text}`).all();
      return { text, steps: steps.map((step) => String(step['detail'])) };
    });
  }

  all<R extends Row>(text: string, ...values: readonly SqlValue[]): R[] {
    const rows: unknown[] = this.#prepare(text).all(...values);
    this.rowsRead += rows.length;
    return rows.map((row): R => asRow(row));
  }

  first<R extends Row>(text: string, ...values: readonly SqlValue[]): R | undefined {
    const row: unknown = this.#prepare(text).get(...values);
    return row === undefined ? undefined : asRow<R>(row);
  }

  run(text: string, ...values: readonly SqlValue[]): number {
    this.writesLeft -= 1;
    if (this.writesLeft < 0) throw new Error('the disk is full');
    return Number(this.#prepare(text).run(...values).changes);
  }

  transaction<T>(operation: () => T): T {
    const name = `s${this.#depth}`;
    this.database.exec(`SAVEPOINT ${name}`);
    this.#depth += 1;
    try {
      const result = operation();
      if (result instanceof Promise) throw new Error('a transaction does not wait');
      this.database.exec(`RELEASE ${name}`);
      return result;
    } catch (error) {
      this.database.exec(`ROLLBACK TO ${name}`);
      this.database.exec(`RELEASE ${name}`);
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  #prepare(text: string): ReturnType<DatabaseSync['prepare']> {
    this.statements += 1;
    let statement = this.#prepared.get(text);
    if (statement === undefined) this.#prepared.set(text, (statement = this.database.prepare(text)));
    return statement;
  }
}

/** The rows' shape is the query's, which no type can know. */
function asRow<R extends Row>(row: unknown): R {
  if (typeof row !== 'object' || row === null) throw new Error('not a row');
  return Object.assign(Object.create(null), row);
}
