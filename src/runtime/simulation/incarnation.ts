// One life of a simulated homeserver on a machine of its own, from its start to its crash: all objects on one database in
// memory with one commit a turn, and the front.
import type { FrontEnv } from '../../ports/front-env.ts';
import type { HttpAnswer, HttpHandler, HttpRequest } from '../../ports/http.ts';
import type { LivingObject } from '../../ports/object-env.ts';
import { Alarms, ALARMS_TABLE } from '../shared/alarms.ts';
import { MemoryBell } from '../shared/memory-bell.ts';
import { type Kind, Objects, OBJECTS_TABLE } from '../shared/objects.ts';
import { RunnerLoop } from '../shared/runner-loop.ts';
import { runSchemaSteps } from '../shared/schema-steps.ts';
import { SqlView } from '../shared/sql-view.ts';
import { Turns } from '../shared/turns.ts';
import { Disk } from './disk.ts';
import {
  type CrashKind,
  type Life,
  logWhile,
  type Making,
  QUICK_PASSWORDS,
  type Remains,
  virtualClock,
} from './making.ts';
import { type Mortal, Passage, perilousActors, perilousEnv } from './perilous-ports.ts';
import { plantedEnv, plantedObject } from './planted.ts';
import { SimulatedBlobs } from './simulated-blobs.ts';
import { SimulatedHttp } from './simulated-http.ts';
import { FailingConnection } from './storage-faults.ts';

/** The name of the one database. */
const DATABASE = 'machine';
/** How many rooms stay in memory. Few, so that they are often made anew. */
const MOST_OBJECTS = 3;

/** What was answered may show what a turn that failed has not done. */
const FAILED: HttpAnswer = { status: 500, headers: [], body: '{"errcode":"M_UNKNOWN"}' };

export class Incarnation implements Life, Mortal {
  readonly name = 'machine';
  readonly #making: Making;
  readonly #connection: FailingConnection;
  readonly #turns: Turns;
  readonly #disk: Disk;
  readonly #alarms: Alarms;
  readonly #blobs: SimulatedBlobs;
  readonly #front: HttpHandler;
  readonly #runner: RunnerLoop;
  readonly #passage: Passage;
  readonly #ended = Promise.withResolvers<void>();
  /** The objects, for tests that look behind the front. */
  readonly objects: Objects;
  #alive = true;

  constructor(making: Making, remains: Remains | undefined) {
    const { scheduler, random, settings } = making;
    this.#making = making;
    this.#passage = new Passage(making.perils, this);
    this.#connection = new FailingConnection(making.storage, remains?.get(DATABASE));
    this.#turns = new Turns(this.#connection, {
      atEnd: (commit) => {
        scheduler.after(0.001, 'commit', () => this.#atEnd(commit));
      },
      failpoint: (where) => this.#passage.demand(where),
    });
    this.#makeTables(making.kinds);
    this.#disk = new Disk(scheduler, random, this.#connection, this.#turns, making.planted);
    const clock = virtualClock(making, () => this.#alive);
    const log = logWhile(() => this.#alive, making.log);
    const bell = new MemoryBell(this.#disk);
    const durability = { settled: () => this.#disk.settled() };
    this.objects = new Objects(
      this.#turns,
      this.#mortalKinds(),
      { settings, clock, random, bell, log, durability, failpoint: () => undefined },
      {
        most: MOST_OBJECTS,
        copyCalls: true,
        arm: (owner, at) => this.#alarms.arm(owner, at),
        wake: (shard) => this.#runner.wake(shard),
      },
    );
    this.#alarms = new Alarms(this.#turns, clock, log, (owner) => this.objects.alarm(owner));
    this.#blobs = new SimulatedBlobs(scheduler, random, making.blobDisk, this.#passage);
    const env: FrontEnv = {
      settings,
      clock,
      random,
      actors: perilousActors(this.objects.actors, this.#passage),
      listening: bell,
      passwords: QUICK_PASSWORDS,
      http: new SimulatedHttp(scheduler, random, making.internet, this.#passage, settings.serverName),
      blobs: this.#blobs,
      log,
    };
    this.#front = making.makeFront(env);
    this.#runner = new RunnerLoop(making.makeRunner?.(env), () => this.#disk.settled(), log);
    this.#alarms.start();
  }

  get alive(): boolean {
    return this.#alive;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Answers as the runtime on a real machine does: when what the answer shows is durable. */
  async answer(request: HttpRequest): Promise<HttpAnswer> {
    const { failures } = this.#turns;
    const answer = await this.#front(request);
    return await this.#passage.across('answer', async () => {
      try {
        await this.#disk.settled();
      } catch {
        return FAILED;
      }
      return this.#turns.failures === failures ? answer : FAILED;
    });
  }

  /** The objects of a machine die together. */
  abort(): void {
    // Whoever strikes ends the machine.
  }

  images(): Remains {
    return new Map([[DATABASE, this.#connection.image()]]);
  }

  /**
   * Answers what is left on the disk: all that was committed, or only what was synced. The connection is left as it is:
   * whoever of the dead still has it finds that its ports throw.
   */
  die(how: CrashKind): Remains {
    this.#alive = false;
    this.#blobs.die();
    this.#disk.die();
    this.#alarms.stop();
    this.#runner.stop();
    this.#connection.abandon();
    const image = how === 'power' ? this.#disk.durableImage : this.#connection.image();
    this.#ended.resolve();
    return new Map([[DATABASE, image]]);
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

  /** The kinds with objects whose ports are points of peril. */
  #mortalKinds(): ReadonlyMap<string, Kind> {
    const { kinds, planted } = this.#making;
    return new Map(
      [...kinds].map(([name, kind]) => [
        name,
        {
          ...kind,
          make: (env): LivingObject =>
            plantedObject(kind.make(plantedEnv(perilousEnv(env, this.#passage), planted)), planted),
        } satisfies Kind,
      ]),
    );
  }

  #makeTables(kinds: ReadonlyMap<string, Kind>): void {
    const view = new SqlView(this.#turns, {
      writing: () => undefined,
      committed: () => undefined,
      poisoned: () => undefined,
    });
    this.#connection.script(OBJECTS_TABLE);
    this.#connection.script(ALARMS_TABLE);
    for (const { schema } of kinds.values()) runSchemaSteps(view, (text) => this.#connection.script(text), schema);
    this.#turns.commitNow();
  }
}
