// The SQL door of one object: the shared connection, with a note of which objects took part in a turn.
import type { Row, Sql, SqlValue } from '../../ports/sql.ts';
import type { Prepared } from './connection.ts';
import type { Participant, Turns } from './turns.ts';

export interface ViewHooks {
  /** Before each write, inside the turn. */
  readonly writing: () => void;
  readonly committed: () => void;
  readonly poisoned: (reason: Error) => void;
}

export class SqlView implements Sql, Participant {
  readonly #turns: Turns;
  readonly #hooks: ViewHooks;
  #poison: Error | undefined;
  #lastTurn: number;

  constructor(turns: Turns, hooks: ViewHooks) {
    this.#turns = turns;
    this.#hooks = hooks;
    // What was written in the object's name before it was in memory may be as new as anything.
    this.#lastTurn = turns.newest;
  }

  /** The newest turn whose writes the object may know of. */
  get lastTurn(): number {
    return this.#lastTurn;
  }

  tookPart(turn: number): void {
    this.#lastTurn = Math.max(this.#lastTurn, turn);
  }

  /** Why the object that holds this view must not be used any more; undefined while it may be. */
  get poisonedBy(): Error | undefined {
    return this.#poison;
  }

  /** Throws if the object was dropped from memory. */
  demandAlive(): void {
    if (this.#poison) throw new Error(`this object was dropped from memory: ${this.#poison.message}`);
  }

  poison(reason: Error): void {
    if (this.#poison) return;
    this.#poison = reason;
    this.#hooks.poisoned(reason);
  }

  committed(): void {
    if (!this.#poison) this.#hooks.committed();
  }

  all<R extends Row>(text: string, ...values: readonly SqlValue[]): R[] {
    return this.#run(text, values, ({ statement }) => statement.all(...values) as R[]);
  }

  first<R extends Row>(text: string, ...values: readonly SqlValue[]): R | undefined {
    return this.#run(text, values, ({ statement }) => statement.get(...values) as R | undefined);
  }

  run(text: string, ...values: readonly SqlValue[]): number {
    return this.#run(text, values, ({ statement }) => Number(statement.run(...values).changes));
  }

  transaction<T>(operation: () => T): T {
    this.demandAlive();
    return this.#turns.transaction(operation);
  }

  /** Runs `operation`, which writes in this object's name without being one of its statements. */
  write<T>(operation: () => T): T {
    this.demandAlive();
    return this.#watched(() => {
      this.#turns.write(this);
      this.#hooks.writing();
      return operation();
    });
  }

  #run<T>(text: string, values: readonly SqlValue[], step: (prepared: Prepared) => T): T {
    this.demandAlive();
    const { connection } = this.#turns;
    const prepared = connection.prepare(text);
    connection.check(prepared, values);
    if (prepared.writes) return this.write(() => step(prepared));
    return this.#watched(() => step(prepared));
  }

  #watched<T>(operation: () => T): T {
    try {
      return operation();
    } catch (error) {
      this.#turns.afterError(error);
      throw error;
    }
  }
}
