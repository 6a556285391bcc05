// A whole Hearth in memory, asked through its front: objects over one database, a clock that a test moves, no network.
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { makeFront } from '../../src/api/front.ts';
import { makeRunner } from '../../src/federation/runner.ts';
import { Home } from '../../src/home/home.ts';
import { homeSchema } from '../../src/home/schema.ts';
import type { Actors } from '../../src/ports/actors.ts';
import type { Blobs } from '../../src/ports/blobs.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { FrontEnv } from '../../src/ports/front-env.ts';
import type { HttpClient, HttpHandler } from '../../src/ports/http.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Passwords } from '../../src/ports/passwords.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { Room } from '../../src/rooms/room.ts';
import { roomsSchema } from '../../src/rooms/schema.ts';
import { Alarms, ALARMS_TABLE } from '../../src/runtime/shared/alarms.ts';
import { Connection } from '../../src/runtime/shared/connection.ts';
import { MemoryBell } from '../../src/runtime/shared/memory-bell.ts';
import { type Kind, Objects, OBJECTS_TABLE } from '../../src/runtime/shared/objects.ts';
import { RunnerLoop } from '../../src/runtime/shared/runner-loop.ts';
import { runSchemaSteps } from '../../src/runtime/shared/schema-steps.ts';
import { SqlView } from '../../src/runtime/shared/sql-view.ts';
import { Turns } from '../../src/runtime/shared/turns.ts';
import { SeededRandom } from '../../src/runtime/simulation/seeded-random.ts';
import { serversSchema } from '../../src/servers/schema.ts';
import { Servers } from '../../src/servers/servers.ts';
import { tooLarge } from '../../src/spec/errors.ts';
import { Users } from '../../src/users/users.ts';
import { usersSchema } from '../../src/users/schema.ts';
import type { Transport } from '../black-box/client.ts';
import { TestTime } from './test-time.ts';

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['rooms', { schema: roomsSchema, make: (env) => new Room(env), evictable: true }],
  ['users', { schema: usersSchema, make: (env) => new Users(env), evictable: false }],
  ['home', { schema: homeSchema, make: (env) => new Home(env), evictable: false }],
  ['servers', { schema: serversSchema, make: (env) => new Servers(env), evictable: false }],
]);
const SETTINGS: Settings = {
  serverName: 'hs1',
  publicUrl: undefined,
  defaultRoomVersion: '12',
  registration: 'open',
  guests: false,
  registrationSharedSecret: undefined,
  accessTokenLifetimeMs: 3_600_000,
  support: { contacts: [], page: undefined },
  dehydratedDevices: false,
  rateLimits: false,
  roomsPerUser: 0,
  aliasesPerUser: 0,
  groupSize: 2,
  syncTimeoutMs: 30_000,
  presence: false,
};

/** What several servers of one world share, or what makes them differ. */
export interface Surroundings {
  readonly time?: TestTime;
  readonly http?: HttpClient;
  readonly seed?: number;
}

export class Hearth implements Transport {
  readonly url: string;
  readonly serverName: string;
  readonly time: TestTime;
  readonly connection = new Connection(':memory:', []);
  /** By how much somebody has set the wall clock wrong. */
  wallShiftMs = 0;
  readonly actors: Actors;
  readonly front: HttpHandler;
  readonly bell: MemoryBell;
  /** What was logged as an error: a request that failed inside. */
  readonly errors: string[] = [];
  /** How often a password was hashed. */
  hashJobs = 0;
  /** The doors of the front, for code that is called beside it. */
  readonly env: FrontEnv;

  /** `between` stands between the front and the objects. */
  constructor(
    settings: Partial<Settings> = {},
    between: (actors: Actors) => Actors = (actors) => actors,
    { time = new TestTime(), http = NO_NETWORK, seed = 1 }: Surroundings = {},
  ) {
    this.time = time;
    this.serverName = settings.serverName ?? SETTINGS.serverName;
    this.url = `http://${this.serverName}`;
    const turns = new Turns(this.connection, {
      atEnd: (commit) => {
        setImmediate(commit);
      },
      failpoint: () => undefined,
    });
    const view = new SqlView(turns, {
      writing: () => undefined,
      committed: () => undefined,
      poisoned: () => undefined,
    });
    this.connection.script(OBJECTS_TABLE);
    this.connection.script(ALARMS_TABLE);
    for (const { schema } of KINDS.values()) runSchemaSteps(view, (text) => this.connection.script(text), schema);
    turns.commitNow();
    const durability = {
      settled: async () => {
        await turn();
      },
    };
    this.bell = new MemoryBell(durability);
    const clock = this.#clock();
    const shared = { settings: { ...SETTINGS, ...settings }, clock, random: new SeededRandom(seed), log: this.#log() };
    const alarms: Alarms = new Alarms(turns, clock, shared.log, (owner) => objects.alarm(owner));
    const objects: Objects = new Objects(
      turns,
      KINDS,
      { ...shared, bell: this.bell, durability, failpoint: () => undefined },
      {
        most: 10,
        copyCalls: true,
        arm: (owner, at) => {
          alarms.arm(owner, at);
        },
        wake: (shard) => runner.wake(shard),
      },
    );
    this.actors = objects.actors;
    this.env = {
      ...shared,
      actors: between(objects.actors),
      listening: this.bell,
      passwords: this.#passwords(),
      http,
      blobs: NO_BLOBS,
    };
    this.front = makeFront(this.env);
    const runner = new RunnerLoop(makeRunner(this.env), durability.settled, shared.log);
    alarms.start();
  }

  async request(
    method: string,
    path: string,
    headers: ReadonlyMap<string, string>,
    body: string | Uint8Array | undefined,
    address = '127.0.0.1',
  ) {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : (body ?? new Uint8Array());
    const answer = await this.front({
      method,
      target: path,
      address,
      gone: undefined,
      header: (name) => headers.get(name),
      body: async (maxBytes) => {
        if (bytes.length > maxBytes) throw tooLarge('The body is too large');
        return bytes;
      },
    });
    const fields = new Map(answer.headers.map(([name, value]) => [name, value]));
    return {
      status: answer.status,
      header: (name: string) => fields.get(name),
      text: typeof answer.body === 'string' ? answer.body : '',
    };
  }

  /** The same server, asked from another address. */
  from(address: string): Transport {
    return {
      url: this.url,
      request: (method, path, headers, body) => this.request(method, path, headers, body, address),
      sleep: (ms) => this.sleep(ms),
    };
  }

  /** Lets time pass, and what is due in it happen. */
  async sleep(ms: number): Promise<void> {
    await this.time.sleep(ms);
  }

  /** Lets everything that waits for nothing but other code go on. */
  async settle(): Promise<void> {
    await this.time.settle();
  }

  #clock(): Clock {
    return { ...this.time.clock, now: () => this.time.clock.now() + this.wallShiftMs };
  }

  /** A real hash is slow on purpose. */
  #passwords(): Passwords {
    const hashed = (password: string): string => {
      this.hashJobs += 1;
      return `quick$${createHash('sha256').update(password).digest('hex')}`;
    };
    return {
      hash: async (password) => hashed(password),
      verify: async (password, hash) => hashed(password) === hash,
    };
  }

  #log(): Log {
    const nothing = (): void => undefined;
    return {
      debug: nothing,
      info: nothing,
      warn: nothing,
      error: (message, facts) => {
        this.errors.push(`${message} ${JSON.stringify(facts ?? {})}`);
      },
    };
  }
}

const NO_NETWORK: HttpClient = { send: () => Promise.reject(new Error('there is no network')) };
const NO_BLOBS: Blobs = {
  put: () => Promise.reject(new Error('there is no place for blobs')),
  get: async () => undefined,
  delete: async () => undefined,
};
