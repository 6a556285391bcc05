// Turns: what is written during one turn of the event loop is one transaction. The first write opens it, each
// `sql.transaction` is a savepoint inside it, and it is committed at the turn's end. Writing is whole operations only, so a
// turn that cannot be committed fails all operations in it, and every object that took part forgets what it knows.
import type { Connection, OwnStatement } from './connection.ts';

export interface Participant {
  /** The turn in which it took part was undone: its memory is wrong from now on. */
  poison(reason: Error): void;
  /** It takes part in a turn. */
  tookPart(turn: number): void;
  /** The turn in which it took part was committed. */
  committed(): void;
}

export interface TurnListener {
  committed(turn: number): void;
  failed(turn: number, error: Error): void;
}

interface Turn {
  readonly number: number;
  readonly participants: Set<Participant>;
}

interface Frame {
  /** The turn that the savepoint stands in; undefined until something is written. */
  turn: Turn | undefined;
}

export interface TurnOptions {
  /** Calls `commit` at the end of the event loop's turn. */
  readonly atEnd: (commit: () => void) => void;
  readonly failpoint: (name: string) => void;
}

export class Turns {
  readonly connection: Connection;
  readonly #options: TurnOptions;
  readonly #begin: OwnStatement;
  readonly #commit: OwnStatement;
  readonly #rollback: OwnStatement;
  readonly #savepoints: { readonly open: OwnStatement; readonly undo: OwnStatement; readonly release: OwnStatement }[] =
    [];
  readonly #frames: Frame[] = [];
  readonly #listeners: TurnListener[] = [];
  #open: Turn | undefined;
  #last = 0;
  #committed = 0;
  #failures = 0;

  constructor(connection: Connection, options: TurnOptions) {
    this.connection = connection;
    this.#options = options;
    this.#begin = connection.own('BEGIN IMMEDIATE');
    this.#commit = connection.own('COMMIT');
    this.#rollback = connection.own('ROLLBACK');
  }

  /** Tells `listener` how each turn ends. */
  listen(listener: TurnListener): void {
    this.#listeners.push(listener);
  }

  /** The number of the newest turn with writes, be it committed or still open. */
  get newest(): number {
    return this.#open?.number ?? this.#committed;
  }

  get committed(): number {
    return this.#committed;
  }

  /** How many turns have failed. Whoever is at work while this number grows cannot know what still holds. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether a `transaction` is running at this moment. */
  get inTransaction(): boolean {
    return this.#frames.length > 0;
  }

  /** Must be called before each write: opens the turn and the savepoints that are due. */
  write(participant: Participant): void {
    for (const frame of this.#frames) if (frame.turn && frame.turn !== this.#open) throw new TurnLost();
    this.#open ??= this.#start();
    this.#add(this.#open, participant);
    for (const [depth, frame] of this.#frames.entries()) {
      if (frame.turn) continue;
      this.#savepoint(depth).open.run();
      frame.turn = this.#open;
    }
  }

  /** `knower` has been told something by `writer`: if that is undone, what `knower` remembers is wrong too. */
  follows(knower: Participant, writer: Participant): void {
    if (this.#open?.participants.has(writer)) this.#add(this.#open, knower);
  }

  /** Runs `operation` as one savepoint. See `Sql.transaction`. */
  transaction<T>(operation: () => T): T {
    const depth = this.#frames.length;
    const frame: Frame = { turn: undefined };
    this.#frames.push(frame);
    try {
      const result = operation();
      if (result instanceof Promise) {
        result.catch(() => undefined);
        throw new TypeError('an operation inside a transaction must not be asynchronous');
      }
      if (frame.turn) this.#release(frame.turn, depth);
      return result;
    } catch (error) {
      if (frame.turn && frame.turn === this.#open) this.#undo(depth);
      throw error;
    } finally {
      this.#frames.pop();
    }
  }

  /** Must be called after each error of SQLite, which may have ended the whole transaction. */
  afterError(error: unknown): void {
    if (this.#open && !this.connection.inTransaction) this.#fail(asError(error));
  }

  /** Commits what is open now, without waiting for the turn's end. */
  commitNow(): void {
    const turn = this.#open;
    if (!turn || this.inTransaction) return;
    try {
      this.#options.failpoint('before-commit');
      this.#commit.run();
    } catch (error) {
      this.#fail(asError(error));
      return;
    }
    this.#open = undefined;
    this.#committed = turn.number;
    this.#options.failpoint('after-commit');
    for (const participant of turn.participants) participant.committed();
    for (const listener of this.#listeners) listener.committed(turn.number);
  }

  #add(turn: Turn, participant: Participant): void {
    turn.participants.add(participant);
    participant.tookPart(turn.number);
  }

  #start(): Turn {
    if (this.connection.inTransaction) this.#rollback.run();
    this.#begin.run();
    const turn: Turn = { number: ++this.#last, participants: new Set() };
    this.#options.atEnd(() => {
      if (this.#open === turn) this.commitNow();
    });
    return turn;
  }

  #release(turn: Turn, depth: number): void {
    if (turn !== this.#open) throw new TurnLost();
    try {
      this.#savepoint(depth).release.run();
    } catch (error) {
      this.#fail(asError(error));
      throw error;
    }
  }

  #undo(depth: number): void {
    try {
      this.#savepoint(depth).undo.run();
      this.#savepoint(depth).release.run();
    } catch (error) {
      this.#fail(asError(error));
    }
  }

  #fail(error: Error): void {
    const turn = this.#open;
    if (!turn) return;
    this.#open = undefined;
    this.#failures++;
    try {
      if (this.connection.inTransaction) this.#rollback.run();
    } catch {
      // What is left of it is undone before the next turn begins; nobody may go on as if it stood.
    }
    for (const participant of turn.participants) participant.poison(error);
    for (const listener of this.#listeners) listener.failed(turn.number, error);
  }

  #savepoint(depth: number) {
    return (this.#savepoints[depth] ??= {
      open: this.connection.own(`SAVEPOINT s${depth}`),
      undo: this.connection.own(`ROLLBACK TO s${depth}`),
      release: this.connection.own(`RELEASE s${depth}`),
    });
  }
}

/** The transaction that an operation wrote in was ended by SQLite before the operation was done. */
export class TurnLost extends Error {
  constructor() {
    super('the transaction was ended before the operation was done');
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
