// A writer connection of node:sqlite that behaves as Durable Object SQL does: the same limits, and no statement that would
// take transactions, pragmas or other files into an object's own hands.
import { DatabaseSync, type StatementSync, constants } from 'node:sqlite';
import { type Row, SQL_LIMITS, type SqlValue } from '../../ports/sql.ts';
import { checkValues, countParameters } from './sql-values.ts';

const READING = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_RECURSIVE,
]);
const REFUSED = new Set([
  constants.SQLITE_TRANSACTION,
  constants.SQLITE_SAVEPOINT,
  constants.SQLITE_ATTACH,
  constants.SQLITE_DETACH,
  constants.SQLITE_CREATE_TEMP_INDEX,
  constants.SQLITE_CREATE_TEMP_TABLE,
  constants.SQLITE_CREATE_TEMP_TRIGGER,
  constants.SQLITE_CREATE_TEMP_VIEW,
]);
/** The statements' texts are the program's own and so are few; the mark is there for texts made of pieces. */
const MOST_STATEMENTS = 2000;

export interface Prepared {
  readonly statement: StatementSync;
  /** Whether it may change something, and so needs a transaction. */
  readonly writes: boolean;
  readonly parameters: number | undefined;
}

export interface OwnStatement {
  run(...values: readonly SqlValue[]): void;
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): readonly Row[];
}

export class Connection {
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();
  #trusted = false;
  #writes = false;

  /** `path` may be `:memory:`, and then begin with what an `image` of another was. `pragmas` are run first, as they are. */
  constructor(path: string, pragmas: readonly string[], image?: Uint8Array) {
    this.#db = new DatabaseSync(path, { timeout: 5000 });
    if (image) this.#db.deserialize(image);
    for (const pragma of pragmas) this.#db.exec(pragma);
    Object.assign(this.#db.limits, {
      variableNumber: SQL_LIMITS.boundValues,
      length: SQL_LIMITS.valueBytes,
      likePatternLength: SQL_LIMITS.likePatternBytes,
      sqlLength: SQL_LIMITS.statementBytes,
      column: SQL_LIMITS.columns,
      attach: 0,
    });
    this.#db.setAuthorizer((action, subject) => this.#authorize(action, subject));
  }

  /** Whether SQLite has a transaction open; it may have ended one by itself after an error. */
  get inTransaction(): boolean {
    return this.#db.isTransaction;
  }

  /** Prepares an object's statement, or one that was prepared before. Throws for refused ones. */
  prepare(text: string): Prepared {
    const known = this.#prepared.get(text);
    if (known) return known;
    this.#writes = false;
    const statement = this.#db.prepare(text);
    const prepared = { statement, writes: this.#writes, parameters: countParameters(text) };
    if (this.#prepared.size >= MOST_STATEMENTS) this.#prepared.clear();
    this.#prepared.set(text, prepared);
    return prepared;
  }

  /** Checks the values for a statement that takes them. */
  check(prepared: Prepared, values: readonly SqlValue[]): void {
    if (prepared.parameters !== undefined && prepared.parameters !== values.length) {
      throw new TypeError(`the statement takes ${prepared.parameters} values and got ${values.length}`);
    }
    checkValues(values);
  }

  /** Runs text of several statements, under the same rules. */
  script(text: string): void {
    this.#db.exec(text);
  }

  /** Prepares a statement of the runtime itself, which nothing is refused. */
  own(text: string): OwnStatement {
    const statement = this.#trust(() => this.#db.prepare(text));
    // SQLite prepares statements again by itself after a schema change, and asks for permission again.
    return {
      run: (...values) => {
        this.#trust(() => statement.run(...values));
      },
      get: (...values) => this.#trust(() => statement.get(...values) as Row | undefined),
      all: (...values) => this.#trust(() => statement.all(...values) as Row[]),
    };
  }

  /** The whole database as it was last committed, as bytes. */
  image(): Uint8Array {
    this.#trusted = true;
    try {
      return this.#db.serialize();
    } finally {
      this.#trusted = false;
    }
  }

  close(): void {
    this.#db.close();
  }

  #trust<T>(operation: () => T): T {
    this.#trusted = true;
    try {
      return operation();
    } finally {
      this.#trusted = false;
    }
  }

  #authorize(action: number, subject: string | null): number {
    if (this.#trusted) return constants.SQLITE_OK;
    // Full-text indexes ask for `data_version` in their own statements.
    if (action === constants.SQLITE_PRAGMA)
      return subject === 'data_version' ? constants.SQLITE_OK : constants.SQLITE_DENY;
    if (REFUSED.has(action)) return constants.SQLITE_DENY;
    if (!READING.has(action)) this.#writes = true;
    return constants.SQLITE_OK;
  }
}
