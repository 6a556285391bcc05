// The SQL door of a Durable Object. The platform's own limits hold (100 values, 2 MB, LIKE patterns of 50 bytes, no
// transactions or pragmas in SQL); what it lets pass or bends silently is straightened here.
import type { DurableObjectStorage, SqlStorageValue } from '@cloudflare/workers-types';
import { type Row, SQL_LIMITS, type Sql, type SqlValue } from '../../ports/sql.ts';
import { checkValues } from '../shared/sql-values.ts';
import { countRows } from './costs.ts';

type PlatformRow = Record<string, SqlStorageValue>;

export interface TransactionHooks {
  /** Called before a transaction; what it returns is called if the transaction is undone. */
  readonly begin: () => () => void;
  readonly failpoint: (name: string) => void;
}

/** Statements until the one that fails, over all objects of this isolate, on a server under test; 0 for none. */
let anyFailsAfter = 0;

/** As `DurableSql.failAfter`, for whichever object comes to it. */
export function failAnyAfter(statements: number): boolean {
  const failed = anyFailsAfter === 0;
  anyFailsAfter = statements;
  return failed;
}

const NO_HOOKS: TransactionHooks = { begin: () => () => undefined, failpoint: () => undefined };

export class DurableSql implements Sql {
  readonly #storage: DurableObjectStorage;
  readonly #hooks: TransactionHooks;
  #wrote = false;
  /** Statements until the one that fails, in an object under test; 0 for none. */
  #failsAfter = 0;

  constructor(storage: DurableObjectStorage, hooks: TransactionHooks = NO_HOOKS) {
    this.#storage = storage;
    this.#hooks = hooks;
  }

  /** Whether any row was written through this door. */
  get wrote(): boolean {
    return this.#wrote;
  }

  /** Lets the n-th statement from now on fail; 0 for none any more. Answers whether the one before has failed. */
  failAfter(statements: number): boolean {
    const failed = this.#failsAfter === 0;
    this.#failsAfter = statements;
    return failed;
  }

  /** Counts what was written so far as nothing: it can be made again. */
  forgetWrites(): void {
    this.#wrote = false;
  }

  all<R extends Row>(text: string, ...values: readonly SqlValue[]): R[] {
    const rows = this.#exec(text, values);
    for (const row of rows) straighten(row);
    return rows as object[] as R[];
  }

  first<R extends Row>(text: string, ...values: readonly SqlValue[]): R | undefined {
    // All rows are taken: a cursor that is left standing holds its statement, and a write is done only at its end.
    return this.all<R>(text, ...values)[0];
  }

  run(text: string, ...values: readonly SqlValue[]): number {
    this.#exec(text, values);
    // The cursor counts index entries too.
    return Number(this.#storage.sql.exec<{ count: number }>('SELECT changes() AS count').one().count);
  }

  transaction<T>(operation: () => T): T {
    const undo = this.#hooks.begin();
    try {
      const result = this.#storage.transactionSync(() => {
        const result = operation();
        if (result instanceof Promise) {
          result.catch(() => undefined);
          throw new TypeError('an operation inside a transaction must not be asynchronous');
        }
        this.#hooks.failpoint('before-commit');
        return result;
      });
      this.#hooks.failpoint('after-commit');
      return result;
    } catch (error) {
      undo();
      throw error;
    }
  }

  /** Runs text of several statements without values. */
  script(text: string): void {
    this.#storage.sql.exec(text).toArray();
  }

  #exec(text: string, values: readonly SqlValue[]): PlatformRow[] {
    if (this.#failsAfter > 0 && --this.#failsAfter === 0) throw new Error('disk I/O error (for a test)');
    if (anyFailsAfter > 0 && --anyFailsAfter === 0) throw new Error('disk I/O error (for a test)');
    checkValues(values);
    for (const value of values) checkSize(value);
    const cursor = this.#storage.sql.exec<PlatformRow>(text, ...values.map(toPlatform));
    const rows = cursor.toArray();
    countRows(cursor.rowsRead, cursor.rowsWritten);
    if (cursor.rowsWritten > 0) this.#wrote = true;
    return rows;
  }
}

/** The local runtime checks rows and not values. A letter takes at most three bytes, so that few texts are measured. */
function checkSize(value: SqlValue): void {
  if (value === null || typeof value === 'number') return;
  if (value.length * (typeof value === 'string' ? 3 : 1) <= SQL_LIMITS.valueBytes) return;
  const size = typeof value === 'string' ? new TextEncoder().encode(value).length : value.length;
  if (size > SQL_LIMITS.valueBytes) throw new RangeError(`a value of ${size} bytes is beyond the limit`);
}

/** A view's own bytes, because the platform takes the buffer that lies behind it. */
function toPlatform(value: SqlValue): SqlStorageValue {
  if (!(value instanceof Uint8Array)) return value;
  const whole =
    value.byteOffset === 0 && value.byteLength === value.buffer.byteLength && value.buffer instanceof ArrayBuffer;
  return whole ? (value.buffer as ArrayBuffer) : new Uint8Array(value).buffer;
}

/** Turns the platform's values into the port's, in place. */
function straighten(row: Record<string, SqlStorageValue | Uint8Array>): void {
  for (const name in row) {
    const value = row[name];
    if (value instanceof ArrayBuffer) row[name] = new Uint8Array(value);
    // The platform has rounded it already: from here nobody can know what it was.
    else if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
      throw new RangeError(`the integer in ${name} is beyond 2^53`);
  }
}
