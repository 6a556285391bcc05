// A tiny living object for tests of the runtime alone.
import { MatrixError } from '../../src/spec/errors.ts';
import type { LivingObject, ObjectEnv } from '../../src/ports/object-env.ts';
import type { Schema } from '../../src/ports/sql.ts';
import type { MethodsOf } from '../../src/runtime/shared/methods.ts';

export const notesSchema: Schema = {
  object: 'notes',
  steps: [
    'CREATE TABLE notes_texts (owner INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (owner, text)) WITHOUT ROWID',
    `CREATE TABLE notes_alarms (owner INTEGER NOT NULL PRIMARY KEY, count INTEGER NOT NULL);
    CREATE TABLE notes_tries (owner INTEGER NOT NULL PRIMARY KEY, count INTEGER NOT NULL);`,
  ],
};

export interface NotesPart {
  note(text: string): Promise<void>;
  notes(): Promise<readonly string[]>;
}

export interface NotesContract {
  readonly book: NotesPart;
  name(): Promise<string>;
  /** A number that another instance of the same object has not. */
  born(): Promise<number>;
  refuse(): Promise<void>;
  breakDown(): Promise<void>;
  arm(inMs: number): Promise<void>;
  /** Arms in the past and lets its handler fail so many times before it counts. */
  armFailing(times: number): Promise<void>;
  alarms(): Promise<number>;
  ring(userIds: readonly string[]): Promise<void>;
  /** Counts its tries, and answers their number after a while. */
  slowly(ms: number): Promise<number>;
  slowlyOnce(ms: number): Promise<number>;
  /** How many tries were counted. */
  tries(): Promise<number>;
}

export const notesMethods: MethodsOf<NotesContract> = {
  book: { note: 'again', notes: 'again' },
  name: 'again',
  born: 'again',
  refuse: 'again',
  breakDown: 'again',
  arm: 'again',
  armFailing: 'again',
  alarms: 'again',
  ring: 'again',
  slowly: 'again',
  slowlyOnce: 'once',
  tries: 'again',
};

export class Notes implements NotesContract, LivingObject {
  readonly book: NotesPart;
  readonly #env: ObjectEnv;
  readonly #born: number;
  #failures = 0;

  constructor(env: ObjectEnv) {
    this.#env = env;
    this.#born = env.random.bytes(6).reduce((number, byte) => number * 256 + byte, 0);
    this.book = new Book(env);
  }

  async name(): Promise<string> {
    return this.#env.name;
  }

  async born(): Promise<number> {
    return this.#born;
  }

  async refuse(): Promise<void> {
    throw new MatrixError(403, 'M_FORBIDDEN', 'no', { soft: true });
  }

  async breakDown(): Promise<void> {
    throw new Error('a secret of the inside');
  }

  async arm(inMs: number): Promise<void> {
    this.#env.alarm.arm(this.#env.clock.now() + inMs);
  }

  async armFailing(times: number): Promise<void> {
    this.#failures = times;
    await this.arm(0);
  }

  async alarms(): Promise<number> {
    return this.#count('notes_alarms');
  }

  async ring(userIds: readonly string[]): Promise<void> {
    this.#env.bell.ring(userIds);
  }

  async slowly(ms: number): Promise<number> {
    this.#add('notes_tries');
    await new Promise<void>((resolve) => {
      this.#env.clock.timer(ms, resolve);
    });
    return this.#count('notes_tries');
  }

  async slowlyOnce(ms: number): Promise<number> {
    return this.slowly(ms);
  }

  async tries(): Promise<number> {
    return this.#count('notes_tries');
  }

  async alarm(): Promise<void> {
    this.#env.log.info(`alarm of ${this.#env.name}`);
    if (this.#failures-- > 0) throw new Error('not yet');
    this.#add('notes_alarms');
  }

  #add(table: string): void {
    this.#env.sql.run(
      `INSERT INTO ${table} VALUES (?, 1) ON CONFLICT (owner) DO UPDATE SET count = count + 1`,
      this.#env.owner,
    );
  }

  #count(table: string): number {
    return (
      this.#env.sql.first<{ count: number }>(`SELECT count FROM ${table} WHERE owner = ?`, this.#env.owner)?.count ?? 0
    );
  }
}

class Book implements NotesPart {
  readonly #env: ObjectEnv;

  constructor(env: ObjectEnv) {
    this.#env = env;
  }

  async note(text: string): Promise<void> {
    this.#env.sql.run('INSERT INTO notes_texts VALUES (?, ?) ON CONFLICT DO NOTHING', this.#env.owner, text);
  }

  async notes(): Promise<readonly string[]> {
    return this.#env.sql
      .all<{ text: string }>('SELECT text FROM notes_texts WHERE owner = ? ORDER BY text', this.#env.owner)
      .map(({ text }) => text);
  }
}
