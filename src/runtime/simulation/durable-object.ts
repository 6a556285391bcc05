// A Durable Object of the simulator: one living object on a database of its own. What it writes between two awaits is one
// commit; whatever leaves it waits at its gate until that is durable; it can be dropped from memory at any point, with what
// was not durable, and comes back with the next call or alarm.
// https://developers.cloudflare.com/durable-objects/reference/in-memory-state/
import type { Actors } from '../../ports/actors.ts';
import type { LivingObject, ObjectEnv } from '../../ports/object-env.ts';
import { Alarms, ALARMS_TABLE } from '../shared/alarms.ts';
import { type Answer, answerOf } from '../shared/answer.ts';
import { Connection } from '../shared/connection.ts';
import { repeating } from '../shared/methods.ts';
import { ownClock } from '../shared/own-clock.ts';
import { runSchemaSteps } from '../shared/schema-steps.ts';
import { SqlView } from '../shared/sql-view.ts';
import { Turns } from '../shared/turns.ts';
import { Disk } from './disk.ts';
import { type CrashKind, logWhile, type Making, never, type SimulatedKind, virtualClock } from './making.ts';
import { type Mortal, Passage, perilousEnv } from './perilous-ports.ts';
import { plantedEnv, plantedObject } from './planted.ts';
import { FailingConnection } from './storage-faults.ts';

/** In a Durable Object every table has one owner. */
const OWNER = 1;

/** What an object is given by the house that it lives in. */
export interface Surroundings {
  actorsFor(object: DurableObject): Actors;
  ring(object: DurableObject, userIds: readonly string[]): void;
  /** Its runner shall look for work. */
  wake(object: DurableObject, kind: string, name: string): void;
  /** It has died, and left this. */
  died(object: DurableObject, image: Uint8Array): void;
}

/** A call's object died while it had the call, or while its answer was on the way. The platform marks such errors so. */
export class ObjectReset extends Error {
  readonly retryable = true;
  readonly durableObjectReset = true;

  constructor() {
    super('the object was reset under its call');
  }
}

export class DurableObject implements Mortal {
  readonly name: string;
  readonly key: string;
  readonly #kind: SimulatedKind;
  readonly #surroundings: Surroundings;
  readonly #connection: FailingConnection;
  readonly #disk: Disk;
  readonly #alarms: Alarms;
  readonly #living: LivingObject;
  readonly #log: ObjectEnv['log'];
  readonly #lost = Promise.withResolvers<never>();
  readonly #passage: Passage;
  #alive = true;

  constructor(
    making: Making,
    kindName: string,
    kind: SimulatedKind,
    name: string,
    image: Uint8Array | undefined,
    surroundings: Surroundings,
  ) {
    const { scheduler, random, settings, planted } = making;
    this.name = `${kindName} ${name}`.trim();
    this.key = `${kindName}:${name}`;
    this.#kind = kind;
    this.#surroundings = surroundings;
    this.#lost.promise.catch(() => undefined);
    this.#passage = new Passage(making.perils, this);
    this.#connection = new FailingConnection(making.storage, image ?? emptyImage(kind));
    const turns = new Turns(this.#connection, {
      atEnd: (commit) => {
        queueMicrotask(() => this.#atEnd(commit));
      },
      failpoint: (where) => this.#passage.demand(where),
    });
    this.#disk = new Disk(scheduler, random, this.#connection, turns, planted);
    const alive = (): boolean => this.#alive;
    this.#log = logWhile(alive, making.log);
    const clock = virtualClock(making, alive);
    const view = new SqlView(turns, {
      writing: () => undefined,
      committed: () => undefined,
      // The platform resets an object whose storage has undone what it wrote.
      poisoned: () => {
        this.abort('process');
      },
    });
    this.#alarms = new Alarms(turns, clock, this.#log, async () => {
      await this.#passage.across('alarm', () => this.#living.alarm());
      return true;
    });
    const env: ObjectEnv = {
      owner: OWNER,
      name,
      settings,
      sql: view,
      clock: ownClock(clock, view, this.#log),
      random,
      alarm: { arm: (atMs) => view.write(() => this.#alarms.arm(OWNER, atMs)) },
      durability: { settled: () => this.gate() },
      actors: surroundings.actorsFor(this),
      bell: { ring: (userIds) => surroundings.ring(this, userIds) },
      runner: { wake: () => surroundings.wake(this, kindName, name) },
      log: this.#log,
      failpoint: () => undefined,
    };
    try {
      this.#living = plantedObject(kind.make(plantedEnv(perilousEnv(env, this.#passage), planted)), planted);
    } catch (error) {
      // It cannot read its tables: the next call begins with another.
      if (this.#alive) this.#end();
      throw error;
    }
    this.#alarms.start();
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Rejects with `ObjectReset` when it dies. */
  get lost(): Promise<never> {
    return this.#lost.promise;
  }

  /** Its output gate: resolves once everything that it has written is durable; never if it dies first. */
  async gate(): Promise<void> {
    await this.#disk.settled();
    if (!this.#alive) await never();
  }

  async call(part: string | undefined, method: string, args: readonly unknown[]): Promise<Answer> {
    const answer = await answerOf(
      async () => {
        if (repeating(this.#kind.methods, part, method) === undefined)
          throw new TypeError('there is no such method to call');
        return await invoke(this.#living, part, method, args);
      },
      (error) => this.#log.error('a call failed', { object: this.name, part, method, error: stackOf(error) }),
    );
    await this.gate();
    return answer;
  }

  /** Its database as it is. */
  image(): Uint8Array {
    return this.#connection.image();
  }

  abort(how: CrashKind): void {
    if (!this.#alive) return;
    this.#end();
    this.#lost.reject(new ObjectReset());
    this.#surroundings.died(this, how === 'power' ? this.#disk.durableImage : this.#connection.image());
  }

  #end(): void {
    this.#alive = false;
    this.#disk.die();
    this.#alarms.stop();
    this.#connection.abandon();
  }

  #atEnd(commit: () => void): void {
    if (!this.#alive) return;
    try {
      commit();
    } catch (error) {
      // A strike on the way out of the commit.
      if (this.#alive) throw error;
    }
  }
}

const EMPTY = new WeakMap<SimulatedKind, Uint8Array>();

/** A kind's tables without a row, made once. */
function emptyImage(kind: SimulatedKind): Uint8Array {
  const known = EMPTY.get(kind);
  if (known) return known;
  const connection = new Connection(':memory:', []);
  const turns = new Turns(connection, { atEnd: () => undefined, failpoint: () => undefined });
  const nothing = (): void => undefined;
  const view = new SqlView(turns, { writing: nothing, committed: nothing, poisoned: nothing });
  connection.script(ALARMS_TABLE);
  runSchemaSteps(view, (text) => connection.script(text), kind.schema);
  turns.commitNow();
  const image = connection.image();
  EMPTY.set(kind, image);
  connection.close();
  return image;
}

async function invoke(
  living: LivingObject,
  part: string | undefined,
  method: string,
  args: readonly unknown[],
): Promise<unknown> {
  const target: unknown = part === undefined ? living : Reflect.get(living, part);
  const operation: unknown = Reflect.get(target as object, method);
  if (typeof operation !== 'function') throw new TypeError(`there is no method ${method}`);
  return await Reflect.apply(operation, target, args);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
