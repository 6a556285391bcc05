// The Durable Objects of one simulated homeserver and the Worker in front of them. Objects are dropped from memory one by one;
// a crash of the house is a power cut of everything at once, and the end of all requests.
import type { Actors } from '../../ports/actors.ts';
import type { Listener, Listening } from '../../ports/bell.ts';
import type { HomeContract } from '../../ports/contracts/home.ts';
import type { RoomContract } from '../../ports/contracts/room.ts';
import { type ServersContract, shardOf } from '../../ports/contracts/servers.ts';
import type { UsersContract } from '../../ports/contracts/users.ts';
import type { FrontEnv } from '../../ports/front-env.ts';
import type { HttpAnswer, HttpHandler, HttpRequest } from '../../ports/http.ts';
import type { Answer } from '../shared/answer.ts';
import { RunnerLoop } from '../shared/runner-loop.ts';
import { referenceTo } from '../shared/reference-to.ts';
import { DurableObject, ObjectReset } from './durable-object.ts';
import {
  type CrashKind,
  type Life,
  logWhile,
  type Making,
  never,
  QUICK_PASSWORDS,
  type Remains,
  virtualClock,
} from './making.ts';
import { type Mortal, Passage, perilousActors } from './perilous-ports.ts';
import { SimulatedBlobs } from './simulated-blobs.ts';
import { SimulatedHttp } from './simulated-http.ts';
import { StorageFailure } from './storage-faults.ts';

/** Longest way of a message between objects, in milliseconds. */
const HOP_MS = 3;
/** How soon the platform finds out that an object with an alarm is not in memory. */
const WAKE_MS = 2000;

/** One shard of Servers, so that there is something in it. */
const SHARDS = 1;

/** What the platform says of an object with too many calls. */
class Overloaded extends Error {
  readonly overloaded = true;

  constructor() {
    super('the object is overloaded');
  }
}

export class DurableHouse implements Life, Mortal {
  readonly name = 'front';
  readonly #making: Making;
  readonly #living = new Map<string, DurableObject>();
  /** What those have left that are not in memory. */
  readonly #stored: Map<string, Uint8Array>;
  readonly #bells = new Map<string, Map<string, Set<() => void>>>();
  readonly #blobs: SimulatedBlobs;
  readonly #env: FrontEnv;
  readonly #front: HttpHandler;
  readonly #runners = new WeakMap<DurableObject, RunnerLoop>();
  readonly #passage: Passage;
  readonly #ended = Promise.withResolvers<void>();
  #alive = true;

  constructor(making: Making, remains: Remains | undefined) {
    this.#making = making;
    this.#passage = new Passage(making.perils, this);
    this.#stored = new Map(remains);
    const { settings, random, scheduler } = making;
    this.#blobs = new SimulatedBlobs(scheduler, random, making.blobDisk, this.#passage);
    this.#env = {
      settings,
      random,
      clock: virtualClock(making, () => this.#alive),
      log: logWhile(() => this.#alive, making.log),
      passwords: QUICK_PASSWORDS,
      http: new SimulatedHttp(scheduler, random, making.internet, this.#passage, settings.serverName),
      blobs: this.#blobs,
      actors: perilousActors(this.actorsFor(undefined), this.#passage),
      listening: this.#listening(),
    };
    this.#front = making.makeFront(this.#env);
    for (const key of this.#stored.keys()) this.#wakeLater(key);
  }

  get alive(): boolean {
    return this.#alive;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  async answer(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.#front(request);
    return await this.#passage.across('answer', async () => answer);
  }

  /** The front holds nothing: what ends with it are the requests, as with the house. */
  abort(): void {
    // Whoever strikes ends the house.
  }

  images(): Remains {
    const living = [...this.#living].map(([key, object]) => [key, object.image()] as const);
    return new Map([...this.#stored, ...living]);
  }

  die(how: CrashKind): Remains {
    this.#alive = false;
    this.#blobs.die();
    for (const object of [...this.#living.values()]) object.abort(how);
    this.#ended.resolve();
    return this.#stored;
  }

  /** References for an object, or for the front. */
  actorsFor(from: DurableObject | undefined): Actors {
    return {
      home: () => this.refer<HomeContract>('home', '', from),
      room: (roomId) => this.refer<RoomContract>('rooms', roomId, from),
      users: (group) => this.refer<UsersContract>('users', String(group), from),
      servers: (name) => this.refer<ServersContract>('servers', String(shardOf(name, SHARDS)), from),
      serversShard: (shard) => this.refer<ServersContract>('servers', String(shard), from),
      shardOf: (name) => shardOf(name, SHARDS),
    };
  }

  /** A reference to any object of a kind. */
  refer<C extends object>(kind: string, name: string, from: DurableObject | undefined): C {
    const { kinds, random } = this.#making;
    const methods = kinds.get(kind)?.methods;
    if (!methods) throw new Error(`there are no objects of kind ${kind}`);
    const clock = virtualClock(this.#making, () => from?.alive ?? this.#alive);
    const callee = {
      call: (part: string | undefined, method: string, args: readonly unknown[]) =>
        this.#carry(from, kind, name, part, method, args),
    };
    return referenceTo<C>({ getByName: () => callee }, name, methods, { clock, random });
  }

  async #carry(
    from: DurableObject | undefined,
    kind: string,
    name: string,
    part: string | undefined,
    method: string,
    args: readonly unknown[],
  ): Promise<Answer> {
    const given = structuredClone(args);
    if (from) await from.gate();
    await this.#hop();
    if (this.#making.isAway?.(`${kind} ${name}`, method) === true) throw new Overloaded();
    const object = this.#live(kind, name);
    const answer = await Promise.race([object.call(part, method, given), object.lost]);
    await this.#hop();
    return structuredClone(answer);
  }

  async #hop(): Promise<void> {
    await this.#making.scheduler.sleep(this.#making.random.below(HOP_MS * 100) / 100, 'hop');
    if (!this.#alive) await never();
  }

  #live(kindName: string, name: string): DurableObject {
    const key = `${kindName}:${name}`;
    const known = this.#living.get(key);
    if (known) return known;
    const kind = this.#making.kinds.get(kindName)!;
    let bornDead = false;
    try {
      const object = new DurableObject(this.#making, kindName, kind, name, this.#stored.get(key), {
        actorsFor: (self) => this.actorsFor(self),
        ring: (self, userIds) => this.#ring(self, userIds),
        wake: (self, kind, shard) => this.#wake(self, kind, Number(shard)),
        died: (self, image) => {
          bornDead = true;
          this.#died(self, image);
        },
      });
      // What it failed at may have been caught.
      if (bornDead) throw new ObjectReset();
      this.#living.set(key, object);
      return object;
    } catch (error) {
      throw bornDead || !this.#alive ? new ObjectReset() : error;
    }
  }

  #died(object: DurableObject, image: Uint8Array): void {
    this.#living.delete(object.key);
    this.#stored.set(object.key, image);
    // A socket that breaks is heard as a ring.
    for (const waiting of this.#bells.get(object.key)?.values() ?? []) for (const resolve of waiting) resolve();
    this.#wakeLater(object.key);
  }

  /** The platform keeps alarms, and brings objects back for them. */
  #wakeLater(key: string): void {
    const { scheduler, random } = this.#making;
    scheduler.after(random.below(WAKE_MS), 'wake', () => {
      const [kind = '', ...name] = key.split(':');
      try {
        if (this.#alive) this.#live(kind, name.join(':'));
      } catch (error) {
        if (error instanceof StorageFailure) this.#wakeLater(key);
        else if (!(error instanceof ObjectReset)) throw error;
      }
    });
  }

  #ring(object: DurableObject, userIds: readonly string[]): void {
    const gateAndHop = async (): Promise<void> => {
      await object.gate();
      await this.#hop();
      for (const userId of userIds) for (const resolve of this.#bells.get(object.key)?.get(userId) ?? []) resolve();
    };
    void gateAndHop();
  }

  /** A runner lives in its object and ends with it: what it has asked by then is answered to nobody. */
  #wake(object: DurableObject, kind: string, shard: number): void {
    if (kind !== 'servers') return;
    let loop = this.#runners.get(object);
    if (!loop) {
      const run = this.#making.makeRunner?.({ ...this.#env, actors: this.actorsFor(object) });
      this.#runners.set(object, (loop = new RunnerLoop(run, () => object.gate(), this.#env.log)));
    }
    loop.wake(shard);
  }

  #listening(): Listening {
    return {
      listen: async (group, userId): Promise<Listener> => {
        await this.#hop();
        const { key } = this.#live('users', String(group));
        const { promise, resolve } = Promise.withResolvers<void>();
        const bells = this.#bells.get(key) ?? new Map<string, Set<() => void>>();
        const waiting = bells.get(userId) ?? new Set();
        this.#bells.set(key, bells.set(userId, waiting.add(resolve)));
        await this.#hop();
        return { rung: promise, close: () => void waiting.delete(resolve) };
      },
    };
  }
}
