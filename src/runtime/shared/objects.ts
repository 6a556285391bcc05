// The living objects of one homeserver in one process: which are in memory, how they are called, and when they are dropped.
// An object has an integer of its own in every table; a name that nothing was ever written under has no row anywhere.
import type { Actors } from '../../ports/actors.ts';
import type { HomeContract } from '../../ports/contracts/home.ts';
import type { RoomContract } from '../../ports/contracts/room.ts';
import { type ServersContract, shardOf } from '../../ports/contracts/servers.ts';
import type { UsersContract } from '../../ports/contracts/users.ts';
import type { LivingObject, ObjectEnv } from '../../ports/object-env.ts';
import type { Schema } from '../../ports/sql.ts';
import type { OwnStatement } from './connection.ts';
import { callName } from './failpoints.ts';
import { ownClock } from './own-clock.ts';
import { type Call, reference } from './reference.ts';
import { SqlView } from './sql-view.ts';
import type { Turns } from './turns.ts';

/** A kind of object: its tables, and how one of them comes to life. */
export interface Kind {
  readonly schema: Schema;
  readonly make: (env: ObjectEnv) => LivingObject;
  /** Whether idle ones may be dropped when there are many. */
  readonly evictable: boolean;
}

/** What all objects share of the world. */
export type SharedEnv = Pick<ObjectEnv, 'settings' | 'clock' | 'random' | 'bell' | 'log' | 'durability' | 'failpoint'>;

export interface ObjectsOptions {
  /** How many evictable objects stay in memory. */
  readonly most: number;
  /** Copies arguments and results, so that objects which would share memory here are found before they run elsewhere. */
  readonly copyCalls: boolean;
  /** Told, when an object has answered a call, of the newest turn that the answer may show. */
  readonly shown?: (turn: number) => void;
  /** Arms the alarm of an owner inside the open turn. */
  readonly arm: (owner: number, atMs: number) => void;
  /** Wakes the runner of a shard of Servers. */
  readonly wake: (shard: number) => void;
}

/** Where all objects share a process, one shard of Servers is enough. */
const SHARDS = 1;

/** Calls whose good answers show nothing that was written just now: a token is known to nobody before it is durable. */
const SHOW_NOTHING: ReadonlySet<string> = new Set(['users.accounts.authenticate']);

interface Living {
  readonly kind: string;
  readonly name: string;
  readonly owner: number;
  readonly view: SqlView;
  readonly object: LivingObject;
  readonly evictable: boolean;
  /** Calls that it is answering or waiting for. */
  busy: number;
  /** How those end that wait for an answer of it when it is dropped: its timers do not come any more. */
  readonly waiting: Set<(reason: Error) => void>;
}

export class Objects {
  readonly #turns: Turns;
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #shared: SharedEnv;
  readonly #options: ObjectsOptions;
  /** In the order of their last use. */
  readonly #living = new Map<string, Living>();
  readonly #insert: OwnStatement;
  readonly #byName: OwnStatement;
  readonly #byOwner: OwnStatement;
  #nextOwner: number;
  #evictable = 0;

  /** The table `objects` must be there: see `OBJECTS_TABLE`. */
  constructor(turns: Turns, kinds: ReadonlyMap<string, Kind>, shared: SharedEnv, options: ObjectsOptions) {
    this.#turns = turns;
    this.#kinds = kinds;
    this.#shared = shared;
    this.#options = options;
    this.#insert = turns.connection.own('INSERT OR IGNORE INTO objects (owner, kind, name) VALUES (?, ?, ?)');
    this.#byName = turns.connection.own('SELECT owner FROM objects WHERE kind = ? AND name = ?');
    this.#byOwner = turns.connection.own('SELECT kind, name FROM objects WHERE owner = ?');
    const newest = turns.connection.own('SELECT max(owner) AS owner FROM objects').get()?.['owner'];
    this.#nextOwner = (typeof newest === 'number' ? newest : 0) + 1;
  }

  /** References for callers that are no objects themselves. */
  get actors(): Actors {
    return this.#actorsFor(() => undefined);
  }

  /** A reference to any object of a kind. */
  refer<C extends object>(kind: string, name: string): C {
    return reference<C>(this.#caller(kind, name, () => undefined));
  }

  /** Calls an owner's alarm. Answers false if its writes were undone, so that it has to be called again. */
  async alarm(owner: number): Promise<boolean> {
    const row = this.#byOwner.get(owner);
    if (!row) return true;
    const living = this.#live(String(row['kind']), String(row['name']));
    living.busy++;
    try {
      this.#shared.failpoint('before-alarm');
      await living.object.alarm();
      this.#shared.failpoint('after-alarm');
      return living.view.poisonedBy === undefined;
    } finally {
      living.busy--;
    }
  }

  /** How many objects are in memory. */
  get size(): number {
    return this.#living.size;
  }

  /** Drops all from memory, so that their timers come no more. Nothing may be asked of them afterwards. */
  dropAll(): void {
    for (const { view } of [...this.#living.values()]) view.poison(new Error('the homeserver was closed'));
  }

  #actorsFor(from: () => Living | undefined): Actors {
    return {
      home: () => reference<HomeContract>(this.#caller('home', '', from)),
      room: (roomId) => reference<RoomContract>(this.#caller('rooms', roomId, from)),
      users: (group) => reference<UsersContract>(this.#caller('users', String(group), from)),
      servers: (name) => reference<ServersContract>(this.#caller('servers', String(shardOf(name, SHARDS)), from)),
      serversShard: (shard) => reference<ServersContract>(this.#caller('servers', String(shard), from)),
      shardOf: (name) => shardOf(name, SHARDS),
    };
  }

  #caller(kind: string, name: string, from: () => Living | undefined): Call {
    return (part, method, args) => this.#call(kind, name, from(), part, method, args);
  }

  async #call(
    kind: string,
    name: string,
    from: Living | undefined,
    part: string | undefined,
    method: string,
    args: readonly unknown[],
  ): Promise<unknown> {
    if (this.#turns.inTransaction)
      throw new Error(`${kind}: ${method} was called inside a transaction of another object`);
    from?.view.demandAlive();
    const living = this.#live(kind, name);
    living.busy++;
    if (from) from.busy++;
    const call = callName(kind, part, method);
    let shows = true;
    try {
      const target: object = part === undefined ? living.object : partOf(living.object, part);
      const given = this.#options.copyCalls ? structuredClone(args) : args;
      const { failpoint } = this.#shared;
      failpoint(`before-${call}`);
      const result = await unlessDropped(living, () => invoke(target, method, given));
      failpoint(`after-${call}`);
      living.view.demandAlive();
      if (from) {
        this.#turns.follows(from.view, living.view);
        // What it was told may be committed and not yet durable: whoever asks it afterwards waits for that too.
        from.view.tookPart(living.view.lastTurn);
      }
      shows = !SHOW_NOTHING.has(call);
      return this.#options.copyCalls ? structuredClone(result) : result;
    } finally {
      if (shows) this.#options.shown?.(living.view.lastTurn);
      living.busy--;
      if (from) from.busy--;
      if (this.#evictable > this.#options.most) this.#evict();
    }
  }

  #live(kindName: string, name: string): Living {
    const key = `${kindName}:${name}`;
    const known = this.#living.get(key);
    if (known) {
      if (known.evictable) {
        this.#living.delete(key);
        this.#living.set(key, known);
      }
      return known;
    }
    const kind = this.#kinds.get(kindName);
    if (!kind) throw new Error(`there are no objects of kind ${kindName}`);
    const living = this.#make(key, kindName, kind, name);
    this.#living.set(key, living);
    if (kind.evictable) this.#evictable++;
    return living;
  }

  #make(key: string, kindName: string, kind: Kind, name: string): Living {
    const stored = this.#byName.get(kindName, name)?.['owner'];
    const owner = typeof stored === 'number' ? stored : this.#nextOwner++;
    let registered = false;
    const view: SqlView = new SqlView(this.#turns, {
      // Until a commit has shown the row, a savepoint may have undone it.
      writing: () => {
        if (!registered) this.#insert.run(owner, kindName, name);
      },
      committed: () => {
        try {
          registered ||= this.#byOwner.get(owner) !== undefined;
        } catch (error) {
          // The commit stands; the row is written again with the next.
          this.#shared.log.warn('an object could not look for its row', { owner, error: String(error) });
        }
      },
      poisoned: () => {
        this.#forget(key, view);
      },
    });
    // A constructor may make references already, before there is an object to name as their caller.
    const self: { living?: Living } = {};
    const shared = this.#shared;
    const env: ObjectEnv = {
      ...shared,
      owner,
      name,
      sql: view,
      clock: ownClock(shared.clock, view, shared.log),
      alarm: {
        arm: (atMs) => {
          view.write(() => this.#options.arm(owner, atMs));
        },
      },
      durability: {
        settled: async () => {
          view.demandAlive();
          await shared.durability.settled();
          view.demandAlive();
        },
      },
      actors: this.#actorsFor(() => self.living),
      runner: {
        wake: () => {
          if (kindName === 'servers') this.#options.wake(Number(name));
        },
      },
    };
    self.living = {
      kind: kindName,
      name,
      owner,
      view,
      object: kind.make(env),
      evictable: kind.evictable,
      busy: 0,
      waiting: new Set(),
    };
    return self.living;
  }

  /** Drops the objects that were not used for the longest time, among those that do nothing. */
  #evict(): void {
    for (const living of this.#living.values()) {
      if (this.#evictable <= this.#options.most) return;
      if (living.evictable && living.busy === 0) living.view.poison(new Error('it was idle'));
    }
  }

  #forget(key: string, view: SqlView): void {
    const living = this.#living.get(key);
    if (living?.view !== view) return;
    this.#living.delete(key);
    if (living.evictable) this.#evictable--;
    const reason = new Error(`this object was dropped from memory: ${view.poisonedBy?.message}`);
    for (const reject of living.waiting) reject(reason);
  }
}

export const OBJECTS_TABLE = `CREATE TABLE IF NOT EXISTS objects (
  owner INTEGER NOT NULL PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (kind, name)
)`;

/** As `operation`; rejects if the object is dropped first. (A race with one promise for all would keep each of them for ever.) */
async function unlessDropped(living: Living, operation: () => Promise<unknown>): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  living.waiting.add(reject);
  // It may be dropped before the operation waits for anything.
  operation().then(resolve, reject);
  try {
    return await promise;
  } finally {
    living.waiting.delete(reject);
  }
}

function partOf(object: object, part: string): object {
  const value: unknown = Reflect.get(object, part);
  if (typeof value !== 'object' || value === null) throw new Error(`there is no part ${part}`);
  return value;
}

async function invoke(target: object, method: string, args: readonly unknown[]): Promise<unknown> {
  const operation: unknown = Reflect.get(target, method);
  if (typeof operation !== 'function') throw new Error(`there is no method ${method}`);
  return await Reflect.apply(operation, target, args);
}
