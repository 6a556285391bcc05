// One homeserver in one process: the objects, the front, and the adapters that they stand on.
import { join } from 'node:path';
import type { Actors } from '../../ports/actors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { FrontEnv } from '../../ports/front-env.ts';
import type { HttpHandler } from '../../ports/http.ts';
import type { Log } from '../../ports/log.ts';
import { Alarms } from '../shared/alarms.ts';
import { failingBlobs, failingHttp } from '../shared/failing-doors.ts';
import { MemoryBell } from '../shared/memory-bell.ts';
import { type Kind, Objects } from '../shared/objects.ts';
import { RunnerLoop } from '../shared/runner-loop.ts';
import { runSchemaSteps } from '../shared/schema-steps.ts';
import { SqlView } from '../shared/sql-view.ts';
import type { Config } from './config-keys.ts';
import { settingsOf } from './config.ts';
import { authoritiesOf } from './certificates.ts';
import { DataDirectory, type DataOptions } from './data-directory.ts';
import { FolderBlobs } from './folder-blobs.ts';
import { OutboundHttp } from './outbound-http.ts';
import { ScryptPasswords } from './scrypt-passwords.ts';
import { Shown } from './shown.ts';
import { systemClock, systemRandom } from './system.ts';

/** What a homeserver is made of: the kinds of objects (`home`, `rooms`, `servers`, `users`) and what answers requests. */
export interface House {
  readonly kinds: readonly Kind[];
  readonly front: (env: FrontEnv, options: { readonly checkAnswers: boolean }) => HttpHandler;
  /** Makes what begins the work that a shard of Servers has due. Without one nothing is done. */
  readonly runner?: (env: FrontEnv) => (shard: number) => Promise<void>;
  /** Makes an account; how the command line and the admin socket do it. */
  readonly createUser: (
    env: FrontEnv,
    account: { readonly localpart: string; readonly password: string; readonly admin: boolean },
  ) => Promise<unknown>;
}

export interface HomeserverOptions extends Pick<DataOptions, 'checkpoints' | 'sync'> {
  readonly log: Log;
  readonly failpoint: (name: string) => void;
  readonly broken: (error: unknown) => void;
  readonly clock?: Clock;
  /** Copies what objects tell each other: for tests. */
  readonly copyCalls: boolean;
  /** How many rooms stay in memory. */
  readonly mostRooms?: number;
}

const MOST_ROOMS = 5000;

export class Homeserver {
  readonly data: DataDirectory;
  readonly objects: Objects;
  readonly actors: Actors;
  readonly shown = new Shown();
  readonly env: FrontEnv;
  readonly handler: HttpHandler;
  readonly #alarms: Alarms;
  readonly #runner: RunnerLoop;
  readonly #house: House;

  /** Opens the data directory and brings its tables up to date. Alarms fire from `start` on. */
  constructor(config: Config, house: House, options: HomeserverOptions) {
    const { log, failpoint } = options;
    const clock = options.clock ?? systemClock;
    const settings = settingsOf(config);
    const authorities = authoritiesOf(config);
    this.#house = house;
    this.data = new DataDirectory(config.data, settings.serverName, { ...options, clock });
    const { turns, gate } = this.data;
    const bell = new MemoryBell(gate);
    for (const kind of house.kinds)
      runSchemaSteps(runtimeView(this.data), (text) => turns.connection.script(text), kind.schema);
    turns.commitNow();
    if (turns.failures > 0) throw new Error('the tables could not be brought up to date');
    const kinds = new Map(house.kinds.map((kind) => [kind.schema.object, kind]));
    const shared = { settings, clock, random: systemRandom, bell, log, durability: gate, failpoint };
    this.objects = new Objects(turns, kinds, shared, {
      most: options.mostRooms ?? MOST_ROOMS,
      copyCalls: options.copyCalls,
      shown: (turn) => this.shown.note(turn),
      arm: (owner, atMs) => this.#alarms.arm(owner, atMs),
      wake: (shard) => this.#runner.wake(shard),
    });
    this.#alarms = new Alarms(turns, clock, log, async (owner) => {
      await this.data.checkpoints.held;
      return this.objects.alarm(owner);
    });
    this.actors = this.objects.actors;
    this.env = {
      settings,
      clock,
      random: systemRandom,
      actors: this.actors,
      listening: bell,
      passwords: new ScryptPasswords(config['password-cost']),
      http: failingHttp(
        new OutboundHttp({ allowPrivateAddresses: config['allow-private-addresses'], authorities }),
        failpoint,
      ),
      blobs: failingBlobs(new FolderBlobs(join(this.data.path, 'media')), failpoint),
      log,
    };
    this.handler = house.front(this.env, { checkAnswers: options.copyCalls });
    this.#runner = new RunnerLoop(house.runner?.(this.env), () => gate.settled(), log);
  }

  start(): void {
    this.#alarms.start();
  }

  /** Makes an account and waits until it is durable. */
  async createUser(account: {
    readonly localpart: string;
    readonly password: string;
    readonly admin: boolean;
  }): Promise<void> {
    const failures = this.data.gate.failures;
    await this.#house.createUser(this.env, account);
    await this.data.gate.settledSince(failures);
  }

  /** Fires no more alarms, makes everything durable and closes. */
  async close(): Promise<void> {
    this.#alarms.stop();
    this.#runner.stop();
    await this.data.close();
    this.objects.dropAll();
  }
}

/** The runtime's own SQL door, for what belongs to no object. */
function runtimeView(data: DataDirectory): SqlView {
  return new SqlView(data.turns, { writing: () => undefined, committed: () => undefined, poisoned: () => undefined });
}
