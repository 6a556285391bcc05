// One Hearth and its clients under the simulator: a seeded storm of requests, lost answers, crashes and power cuts, then calm.
import { makeFront } from '../../src/api/front.ts';
import { makeRunner } from '../../src/federation/runner.ts';
import { Home } from '../../src/home/home.ts';
import { homeSchema } from '../../src/home/schema.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { Room } from '../../src/rooms/room.ts';
import { roomsSchema } from '../../src/rooms/schema.ts';
import type { Mode, SimulatedKind } from '../../src/runtime/simulation/making.ts';
import { Machine } from '../../src/runtime/simulation/machine.ts';
import { Network } from '../../src/runtime/simulation/network.ts';
import { Perils } from '../../src/runtime/simulation/perils.ts';
import type { PlantedBug } from '../../src/runtime/simulation/planted.ts';
import { Scheduler } from '../../src/runtime/simulation/scheduler.ts';
import { SeededRandom } from '../../src/runtime/simulation/seeded-random.ts';
import { StorageFaults } from '../../src/runtime/simulation/storage-faults.ts';
import { BlobDisk } from '../../src/runtime/simulation/simulated-blobs.ts';
import { Internet } from '../../src/runtime/simulation/simulated-http.ts';
import { Trace } from '../../src/runtime/simulation/trace.ts';
import { homeMethods, roomMethods, serversMethods, usersMethods } from '../../src/runtime/shared/contract-methods.ts';
import { serversSchema } from '../../src/servers/schema.ts';
import { Servers } from '../../src/servers/servers.ts';
import { Users } from '../../src/users/users.ts';
import { usersSchema } from '../../src/users/schema.ts';
import type { Transport } from '../black-box/client.ts';

export const KINDS: ReadonlyMap<string, SimulatedKind> = new Map<string, SimulatedKind>([
  ['rooms', { schema: roomsSchema, make: (env) => new Room(env), evictable: true, methods: roomMethods }],
  ['users', { schema: usersSchema, make: (env) => new Users(env), evictable: false, methods: usersMethods }],
  ['home', { schema: homeSchema, make: (env) => new Home(env), evictable: false, methods: homeMethods }],
  ['servers', { schema: serversSchema, make: (env) => new Servers(env), evictable: false, methods: serversMethods }],
]);

export const SETTINGS: Settings = {
  serverName: 'sim.test',
  publicUrl: undefined,
  defaultRoomVersion: '12',
  registration: 'open',
  guests: true,
  registrationSharedSecret: undefined,
  accessTokenLifetimeMs: 3_600_000,
  support: { contacts: [], page: undefined },
  dehydratedDevices: false,
  rateLimits: false,
  roomsPerUser: 0,
  aliasesPerUser: 0,
  groupSize: 3,
  syncTimeoutMs: 30_000,
  presence: false,
};

const nothing = (): void => undefined;
export const SILENT: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export const OBJECT_LOST =
  /the object is overloaded|the object was reset under its call|ObjectFailed|the object failed/;
/** What is said of storage that fails, and of objects that are dropped for it. */
export const STORAGE_FAILED = /\(simulated \w+\)|the transaction was ended before the operation was done/;

export class World implements Transport {
  readonly url = 'http://sim.test';
  readonly trace = new Trace();
  readonly random: SeededRandom;
  readonly scheduler: Scheduler;
  readonly perils: Perils;
  readonly storage = new StorageFaults();
  /** Set by a test: see `Making.isAway`. */
  isAway: (object: string, method: string) => boolean = () => false;
  readonly machine: Machine;
  readonly network: Network;
  readonly internet = new Internet();
  /** What went wrong inside without anybody outside seeing it. */
  readonly bugs: string[] = [];

  constructor(seed: number, mode: Mode, planted?: PlantedBug, settings: Settings = SETTINGS) {
    this.random = new SeededRandom(seed);
    this.scheduler = new Scheduler(this.random.fork(), this.trace);
    this.perils = new Perils(this.trace);
    this.machine = new Machine({
      mode,
      perils: this.perils,
      storage: this.storage,
      scheduler: this.scheduler,
      random: this.random.fork(),
      settings,
      kinds: KINDS,
      makeFront: (env) => makeFront(env, { checkAnswers: true }),
      makeRunner,
      log: this.#log(),
      internet: this.internet,
      blobDisk: new BlobDisk(),
      planted,
      isAway: (object, method) => this.isAway(object, method),
    });
    this.network = new Network(this.scheduler, this.random.fork(), this.machine, {
      requestsLost: 0,
      answersLost: 0,
      delayMs: 20,
    });
  }

  async request(
    method: string,
    path: string,
    headers: ReadonlyMap<string, string>,
    body: string | Uint8Array | undefined,
  ) {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : (body ?? new Uint8Array());
    const answer = await this.network.send(method, path, headers, bytes);
    if (!answer) throw new Error('the connection broke');
    const text =
      typeof answer.body === 'string'
        ? answer.body
        : answer.body instanceof Uint8Array
          ? new TextDecoder().decode(answer.body)
          : '';
    const fields = new Map(answer.headers.map(([name, value]) => [name.toLowerCase(), value]));
    return { status: answer.status, header: (name: string) => fields.get(name), text };
  }

  sleep(ms: number): Promise<void> {
    return this.scheduler.sleep(ms);
  }

  #log(): Log {
    return {
      ...SILENT,
      error: (message, facts) => {
        const told = `${message} ${JSON.stringify(facts ?? {})}`;
        // That objects die under their calls is what these runs are about; what they break on is in their own logs.
        if (!OBJECT_LOST.test(told) && !(this.storage.struck > 0 && STORAGE_FAILED.test(told))) this.bugs.push(told);
      },
    };
  }
}
