// Several Hearths, their users and one hostile server on one scheduler and one network.
import type { PlantedBug } from '../../../src/runtime/simulation/planted.ts';
import type { OutboundRequest } from '../../../src/ports/http.ts';
import { Scheduler } from '../../../src/runtime/simulation/scheduler.ts';
import { SeededRandom } from '../../../src/runtime/simulation/seeded-random.ts';
import { Internet } from '../../../src/runtime/simulation/simulated-http.ts';
import { Trace } from '../../../src/runtime/simulation/trace.ts';
import { HostileServer } from './hostile-server.ts';
import { Marks } from './marks.ts';
import type { Plan } from './plan.ts';
import { count, Record } from './record.ts';
import { SimulatedServer, textOf } from './server.ts';
import { register, type User } from './user.ts';
import { watchOutbound } from './wire.ts';

export const HOSTILE = 'evil.test';
const FETCHES = /^\/_matrix\/federation\/v1\/(event|state|state_ids|event_auth|get_missing_events|backfill)\//;

export class FederatedWorld {
  readonly trace = new Trace();
  readonly random: SeededRandom;
  readonly scheduler: Scheduler;
  readonly internet = new Internet();
  readonly record = new Record(new Marks());
  readonly servers: readonly SimulatedServer[];
  readonly hostile: HostileServer | undefined;
  readonly users: User[] = [];
  /** Ids of the rooms. */
  readonly rooms: string[] = [];
  readonly #usersEach: number;

  constructor(plan: Plan, planted?: PlantedBug) {
    this.random = new SeededRandom(plan.seed);
    this.scheduler = new Scheduler(this.random.fork(), this.trace);
    const { scheduler, random, trace, internet } = this;
    this.servers = plan.modes.map(
      (mode, n) => new SimulatedServer(`hs${n + 1}.test`, mode, { scheduler, random, trace, internet }, planted),
    );
    this.#usersEach = plan.usersEach;
    internet.links.keysStay = plan.keysStay;
    if (plan.hostile) this.hostile = new HostileServer(HOSTILE, this, plan.hostile);
    internet.watch = (from, to, request) => this.#watch(from, to, request);
    for (const server of this.servers)
      server.heard = (request, body, answer) => this.#heard(server, request, body, answer);
  }

  async begin(): Promise<void> {
    for (const server of this.servers)
      for (let n = 0; n < this.#usersEach; n++) this.users.push(await register(server, `u${n + 1}`, this.record));
  }

  user(number: number): User {
    return this.users[number % this.users.length]!;
  }

  usersOf(server: SimulatedServer): readonly User[] {
    return this.users.filter((user) => user.server === server);
  }

  server(number: number): SimulatedServer {
    return this.servers[number % this.servers.length]!;
  }

  room(number: number): string {
    return this.rooms[number % this.rooms.length]!;
  }

  /** The names of all servers, with the hostile one. */
  names(): readonly string[] {
    return [...this.servers.map(({ name }) => name), ...(this.hostile ? [HOSTILE] : [])];
  }

  sleep(ms: number): Promise<void> {
    return this.scheduler.sleep(ms);
  }

  #watch(from: string, to: string, request: OutboundRequest): void {
    if (from === HOSTILE) return;
    const path = new URL(request.url).pathname;
    if (to === HOSTILE && FETCHES.test(path)) count(this.record.requests, from);
    watchOutbound(this.record, from, to, request);
  }

  #heard(server: SimulatedServer, ...[request, body, answer]: Parameters<SimulatedServer['heard']>): void {
    const origin = /origin="?([^",]+)/.exec(request.header('authorization') ?? '')?.[1];
    if (origin === undefined || answer.status !== 200) return;
    if (!request.target.startsWith('/_matrix/federation/v1/send/')) return;
    const sent = JSON.parse(new TextDecoder().decode(body)) as { readonly pdus?: readonly unknown[] };
    if (origin === HOSTILE) return count(this.record.pdus, server.name, sent.pdus?.length ?? 0);
    const { pdus } = JSON.parse(textOf(answer)) as {
      readonly pdus: { readonly [id: string]: { readonly error?: string } };
    };
    const rooms = new Set(sent.pdus?.map((pdu) => String((pdu as { readonly room_id?: unknown }).room_id)));
    if (rooms.size !== 1) return;
    for (const [eventId, { error }] of Object.entries(pdus))
      if (error === undefined)
        this.record.taken.push({ by: server.name, from: origin, roomId: [...rooms][0]!, eventId });
      else this.record.refusals.push(`${server.name} refused ${eventId} of ${origin}: ${error}`);
  }
}
