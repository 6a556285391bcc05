// A database that fails at the n-th statement from now on, be it an object's or the runtime's own: as SQLite does when another
// holds its lock, when the disk is full or broken, or when a statement is interrupted. https://www.sqlite.org/rescode.html
import { Connection, type OwnStatement, type Prepared } from '../shared/connection.ts';

/** SQLite may undo the whole transaction with a statement that fails so; see https://www.sqlite.org/lang_transaction.html */
const FAILURES = {
  BUSY: { message: 'database is locked', mayUndo: false },
  IOERR: { message: 'disk I/O error', mayUndo: true },
  FULL: { message: 'database or disk is full', mayUndo: true },
  INTERRUPT: { message: 'interrupted', mayUndo: true },
} as const;
export type Failure = keyof typeof FAILURES;
export const STORAGE_FAILURES = ['BUSY', 'IOERR', 'FULL', 'INTERRUPT'] as const satisfies readonly Failure[];

export class StorageFailure extends Error {
  constructor(failure: Failure) {
    super(`${FAILURES[failure].message} (simulated ${failure})`);
  }
}

export class StorageFaults {
  #left = 0;
  #failure: Failure = 'BUSY';
  #undoes = false;
  /** How many statements have failed. */
  struck = 0;

  /** Lets the n-th statement from now on fail; one that has not failed yet is replaced. `undoes`: if it may, it ends the transaction. */
  strikeAfter(statements: number, failure: Failure, undoes: boolean): void {
    this.#left = statements;
    this.#failure = failure;
    this.#undoes = undoes && FAILURES[failure].mayUndo;
  }

  /** Nothing fails any more. */
  calm(): void {
    this.#left = 0;
  }

  /** Called before each statement; `undo` ends the open transaction. */
  pass(undo: () => void): void {
    if (this.#left === 0 || --this.#left > 0) return;
    this.struck++;
    if (this.#undoes) undo();
    throw new StorageFailure(this.#failure);
  }
}

export class FailingConnection extends Connection {
  readonly #faults: StorageFaults;
  readonly #failing = new WeakMap<Prepared, Prepared>();

  constructor(faults: StorageFaults, image: Uint8Array | undefined) {
    super(':memory:', [], image);
    this.#faults = faults;
  }

  override prepare(text: string): Prepared {
    const prepared = super.prepare(text);
    let failing = this.#failing.get(prepared);
    if (!failing) {
      const { statement } = prepared;
      const door: Pick<Prepared['statement'], 'all' | 'get' | 'run'> = {
        all: (...values: never[]) => (this.#pass(), statement.all(...values)),
        get: (...values: never[]) => (this.#pass(), statement.get(...values)),
        run: (...values: never[]) => (this.#pass(), statement.run(...values)),
      };
      failing = { ...prepared, statement: door as Prepared['statement'] };
      this.#failing.set(prepared, failing);
    }
    return failing;
  }

  override own(text: string): OwnStatement {
    const { run, get, all } = super.own(text);
    return {
      run: (...values) => (this.#pass(), run(...values)),
      get: (...values) => (this.#pass(), get(...values)),
      all: (...values) => (this.#pass(), all(...values)),
    };
  }

  /** Undoes what is open, as the end of a process does: this cannot fail. */
  abandon(): void {
    if (this.inTransaction) super.own('ROLLBACK').run();
  }

  #pass(): void {
    this.#faults.pass(() => {
      this.abandon();
    });
  }
}
