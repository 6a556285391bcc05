// A tiny house for tests of the runtime alone: objects that keep notes, and a front that hands requests to them.
import type { House } from '../../../src/runtime/node/homeserver.ts';
import type { HttpHandler } from '../../../src/ports/http.ts';
import type { FrontEnv } from '../../../src/ports/front-env.ts';
import type { LivingObject, ObjectEnv } from '../../../src/ports/object-env.ts';
import type { Kind, Objects } from '../../../src/runtime/shared/objects.ts';
import type { Schema } from '../../../src/ports/sql.ts';

const schema: Schema = {
  object: 'rooms',
  steps: [
    `
    CREATE TABLE rooms_notes (owner INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (owner, text)) WITHOUT ROWID;
    CREATE TABLE rooms_rings (owner INTEGER NOT NULL PRIMARY KEY, count INTEGER NOT NULL);
  `,
  ],
};

export class Notes implements LivingObject {
  readonly env: ObjectEnv;
  /** What was noted by this instance: shows whether it was made anew. */
  readonly remembered: string[] = [];

  constructor(env: ObjectEnv) {
    this.env = env;
  }

  async note(text: string): Promise<void> {
    this.env.sql.transaction(() => {
      this.env.sql.run('INSERT INTO rooms_notes VALUES (?, ?)', this.env.owner, text);
    });
    this.remembered.push(text);
  }

  async notes(): Promise<string[]> {
    return this.env.sql
      .all<{ text: string }>('SELECT text FROM rooms_notes WHERE owner = ? ORDER BY text', this.env.owner)
      .map(({ text }) => text);
  }

  /** Remembers what another object has noted. */
  async learn(from: string): Promise<void> {
    const other = this.env.actors.room(from) as object as NotesContract;
    this.remembered.push(...(await other.notes()));
  }

  async memory(): Promise<readonly string[]> {
    return this.remembered;
  }

  async arm(inMs: number): Promise<void> {
    this.env.alarm.arm(this.env.clock.now() + inMs);
  }

  async noteAndThrow(text: string): Promise<void> {
    this.env.sql.transaction(() => {
      this.env.sql.run('INSERT INTO rooms_notes VALUES (?, ?)', this.env.owner, text);
      throw new Error('thought better of it');
    });
  }

  /** Has SQLite roll the whole transaction back, as it does on a full disk. */
  async breakTransaction(): Promise<void> {
    await this.note('twice');
    this.env.sql.run('INSERT OR ROLLBACK INTO rooms_notes VALUES (?, ?)', this.env.owner, 'twice');
  }

  async ring(userId: string): Promise<void> {
    this.env.bell.ring([userId]);
  }

  async rings(): Promise<number> {
    return (
      this.env.sql.first<{ count: number }>('SELECT count FROM rooms_rings WHERE owner = ?', this.env.owner)?.count ?? 0
    );
  }

  async alarm(): Promise<void> {
    this.env.sql.run(
      'INSERT INTO rooms_rings VALUES (?, 1) ON CONFLICT (owner) DO UPDATE SET count = count + 1',
      this.env.owner,
    );
  }
}

export type NotesContract = Pick<
  Notes,
  'note' | 'learn' | 'noteAndThrow' | 'breakTransaction' | 'notes' | 'memory' | 'arm' | 'ring' | 'rings'
>;

export const notesKind: Kind = { schema, make: (env) => new Notes(env), evictable: true };

export const notesOf = (objects: Objects, name: string): NotesContract => objects.refer<NotesContract>('rooms', name);

/** `PUT /NAME/TEXT` notes, `GET /NAME` lists, `POST /arm/NAME/MS` arms, `GET /rings/NAME` counts, `GET /wait` polls, `GET /throw` fails. */
export function notesFront(env: FrontEnv): HttpHandler {
  // The front knows rooms alone; in this house they are notes.
  const room = (name: string): NotesContract => env.actors.room(name) as object as NotesContract;
  const json = (value: unknown) => ({
    status: 200,
    headers: [['Content-Type', 'application/json']] as const,
    body: JSON.stringify(value),
  });
  return async (request) => {
    const [, first = '', second = '', third = ''] = request.target.split('/');
    if (first === '_matrix') return json({ versions: [] });
    if (first === 'throw') throw new Error('thrown by the handler');
    if (first === 'wait') {
      await new Promise<void>((resolve) => {
        if (request.gone?.aborted) resolve();
        request.gone?.addEventListener('abort', () => resolve());
      });
      return json({ waited: true });
    }
    if (first === 'body') return json({ bytes: (await request.body(1000)).length });
    if (first === 'target') return json({ target: request.target, address: request.address });
    if (first === 'arm') return json(await room(second).arm(Number(third)));
    if (first === 'rings') return json(await room(second).rings());
    if (request.method === 'PUT') {
      await room(first).note(decodeURIComponent(second));
      return json({});
    }
    return json(await room(first).notes());
  };
}

export const notesHouse: House = {
  kinds: [notesKind],
  front: notesFront,
  createUser: async (env, { localpart }) => (env.actors.room('accounts') as object as NotesContract).note(localpart),
};
