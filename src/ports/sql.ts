// The SQL door: synchronous on purpose, because both SQLite bindings are, and because nothing may wait while it decides.
// Every adapter enforces the limits of Durable Object SQL, so that a query that passes on one runtime runs on all:
// 100 bound values, values of 2 MB, LIKE patterns of 50 bytes, no BEGIN/SAVEPOINT/PRAGMA/ATTACH/TEMP.

export type SqlValue = null | number | string | Uint8Array;
export type Row = Readonly<Record<string, SqlValue>>;

export interface Sql {
  /** All rows of a query. Integers beyond ±(2^53 − 1) are an error, blobs are `Uint8Array`s of their own. */
  all<R extends Row>(text: string, ...values: readonly SqlValue[]): R[];
  /** The first row, or undefined. */
  first<R extends Row>(text: string, ...values: readonly SqlValue[]): R | undefined;
  /** Runs a statement for its effect and returns how many rows it changed. */
  run(text: string, ...values: readonly SqlValue[]): number;
  /**
   * Runs `operation` as one savepoint: what it wrote is undone if it throws, and the error is thrown on. May be nested.
   * Change memory only after it has returned. `operation` must not be asynchronous; a returned promise is an error.
   */
  transaction<T>(operation: () => T): T;
}

/** Lists go into a query as one JSON value: `… IN (SELECT value FROM json_each(?))`. */
export const SQL_LIMITS = {
  boundValues: 100,
  valueBytes: 2_000_000,
  likePatternBytes: 50,
  statementBytes: 100_000,
  columns: 100,
} as const;

/** One object's tables: each step is run once, in order; the number of steps done is kept with the data. */
export interface Schema {
  /** Names the object kind: `rooms`, `users`, `servers`, `home`. */
  readonly object: string;
  /** Each step is SQL text of one or more statements without parameters. Steps that were released never change. */
  readonly steps: readonly string[];
}
