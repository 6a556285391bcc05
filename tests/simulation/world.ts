// One Hearth and its clients under the simulator: a seeded storm of requests, lost answers, crashes and power cuts, then calm.
import { makeFront } from '../../src/api/front.ts';
import { Home } from '../../src/home/home.ts';
import { homeSchema } from '../../src/home/schema.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { Room } from '../../src/rooms/room.ts';
import { roomsSchema } from '../../src/rooms/schema.ts';
import type { PlantedBug } from '../../src/runtime/simulation/disk.ts';
import { Machine } from '../../src/runtime/simulation/machine.ts';
import { Network } from '../../src/runtime/simulation/network.ts';
import { Scheduler } from '../../src/runtime/simulation/scheduler.ts';
import { SeededRandom } from '../../src/runtime/simulation/seeded-random.ts';
import { Trace } from '../../src/runtime/simulation/trace.ts';
import type { Kind } from '../../src/runtime/shared/objects.ts';
import { Users } from '../../src/users/users.ts';
import { usersSchema } from '../../src/users/schema.ts';
import type { Transport } from '../black-box/client.ts';

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['rooms', { schema: roomsSchema, make: (env) => new Room(env), evictable: true }],
  ['users', { schema: usersSchema, make: (env) => new Users(env), evictable: false }],
  ['home', { schema: homeSchema, make: (env) => new Home(env), evictable: false }],
]);

const SETTINGS: Settings = {
  serverName: 'sim.test',
  publicUrl: undefined,
  defaultRoomVersion: '12',
  registration: 'open',
  registrationSharedSecret: undefined,
  rateLimits: false,
  groupSize: 3,
  syncTimeoutMs: 30_000,
};

export class World implements Transport {
  readonly url = 'http://sim.test';
  readonly trace = new Trace();
  readonly random: SeededRandom;
  readonly scheduler: Scheduler;
  readonly machine: Machine;
  readonly network: Network;
  /** What went wrong inside without anybody outside seeing it. */
  readonly bugs: string[] = [];

  constructor(seed: number, planted?: PlantedBug) {
    this.random = new SeededRandom(seed);
    this.scheduler = new Scheduler(this.random.fork(), this.trace);
    this.machine = new Machine({
      scheduler: this.scheduler,
      random: this.random.fork(),
      settings: SETTINGS,
      kinds: KINDS,
      makeFront: (env) => makeFront(env, { checkAnswers: true }),
      log: this.#log(),
      ...(planted ? { planted } : {}),
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
    const nothing = (): void => undefined;
    return {
      debug: nothing,
      info: nothing,
      warn: nothing,
      error: (message, facts) => {
        this.bugs.push(`${message} ${JSON.stringify(facts ?? {})}`);
      },
    };
  }
}
