// One life of a simulated homeserver, from its start to its crash: all objects on one database in memory, and the front.
import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { FrontEnv } from '../../ports/front-env.ts';
import type { HttpAnswer, HttpHandler, HttpRequest } from '../../ports/http.ts';
import type { Log } from '../../ports/log.ts';
import type { Passwords } from '../../ports/passwords.ts';
import type { Settings } from '../../ports/settings.ts';
import { Alarms, ALARMS_TABLE } from '../shared/alarms.ts';
import { Connection } from '../shared/connection.ts';
import { MemoryBell } from '../shared/memory-bell.ts';
import { type Kind, Objects, OBJECTS_TABLE } from '../shared/objects.ts';
import { runSchemaSteps } from '../shared/schema-steps.ts';
import { SqlView } from '../shared/sql-view.ts';
import { Turns } from '../shared/turns.ts';
import { Disk, type PlantedBug } from './disk.ts';
import type { Scheduler } from './scheduler.ts';
import type { SeededRandom } from './seeded-random.ts';

/** What a simulated homeserver is made of. */
export interface Making {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly settings: Settings;
  readonly kinds: ReadonlyMap<string, Kind>;
  readonly makeFront: (env: FrontEnv) => HttpHandler;
  readonly log: Log;
  readonly planted?: PlantedBug;
}

/** Virtual time zero on the wall clock. */
const EPOCH_MS = Date.UTC(2026, 0, 1);

export class Incarnation {
  readonly #scheduler: Scheduler;
  readonly #connection: Connection;
  readonly #turns: Turns;
  readonly #disk: Disk;
  readonly #alarms: Alarms;
  readonly #front: HttpHandler;
  /** The objects, for tests that look behind the front. */
  readonly objects: Objects;
  #alive = true;

  constructor(making: Making, image: Uint8Array | undefined) {
    const { scheduler, random, settings, kinds, log } = making;
    this.#scheduler = scheduler;
    this.#connection = new Connection(':memory:', [], image);
    this.#turns = new Turns(this.#connection, {
      atEnd: (commit) => {
        scheduler.after(0.001, 'commit', () => {
          if (this.#alive) commit();
        });
      },
      failpoint: () => undefined,
    });
    this.#makeTables(kinds);
    this.#disk = new Disk(scheduler, random, this.#connection, this.#turns, making.planted);
    const clock = this.#clock();
    const bell = new MemoryBell(this.#disk);
    this.objects = new Objects(
      this.#turns,
      kinds,
      { settings, clock, random, bell, log, durability: this.#disk, failpoint: () => undefined },
      {
        most: 3,
        copyCalls: true,
        arm: (owner, at) => {
          this.#alarms.arm(owner, at);
        },
      },
    );
    this.#alarms = new Alarms(this.#turns, clock, log, (owner) => this.objects.alarm(owner));
    this.#front = making.makeFront({
      settings,
      clock,
      random,
      actors: this.objects.actors,
      listening: bell,
      passwords: QUICK_PASSWORDS,
      log,
    });
    this.#alarms.start();
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Answers as the runtime on a real machine does: when what the answer shows is durable. */
  async answer(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.#front(request);
    await this.#disk.settled();
    return answer;
  }

  /** Ends at once. Answers what is left on the disk: all that was committed, or only what was synced. */
  die(how: 'process' | 'power'): Uint8Array {
    this.#alive = false;
    this.#disk.die();
    this.#alarms.stop();
    if (this.#connection.inTransaction) this.#connection.own('ROLLBACK').run();
    const image = how === 'power' ? this.#disk.durableImage : this.#connection.image();
    this.#connection.close();
    return image;
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

  #clock(): Clock {
    return {
      now: () => EPOCH_MS + Math.floor(this.#scheduler.now),
      monotonic: () => this.#scheduler.now,
      timer: (ms, then): Timer => {
        let cancelled = false;
        this.#scheduler.after(ms, 'timer', () => {
          if (this.#alive && !cancelled) then();
        });
        return {
          cancel: () => {
            cancelled = true;
          },
        };
      },
    };
  }
}

/** A real hash is slow on purpose, and would finish on threads whose order no seed decides. */
const QUICK_PASSWORDS: Passwords = {
  hash: async (password) => `quick$${createHash('sha256').update(password).digest('hex')}`,
  verify: async (password, hash) => hash === `quick$${createHash('sha256').update(password).digest('hex')}`,
};
