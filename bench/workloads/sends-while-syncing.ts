// P1c: fifty members of twenty rooms wait in long polls while ten of them send. Delivery is timed from when a message sets
// out until the /sync answer that holds it has come, once for each member.
import { setTimeout as sleep } from 'node:timers/promises';
import { Caller } from '../load/caller.ts';
import { type Figures, percentile } from '../load/figures.ts';
import { makeWorld, type Person } from '../load/world.ts';
import { sendAll } from './sends.ts';
import type { Workload } from './workload.ts';

interface Options {
  readonly messages: number;
  readonly perSecond?: number;
}

interface Synced {
  readonly next_batch: string;
  readonly rooms?: {
    readonly join?: Readonly<
      Record<
        string,
        { readonly timeline: { readonly events: readonly { readonly content: { readonly key?: string } }[] } }
      >
    >;
  };
}

const FILTER = encodeURIComponent(
  JSON.stringify({
    room: { timeline: { limit: 200 }, state: { lazy_load_members: true } },
    presence: { types: [] },
  }),
);
const PEOPLE = 50;
const ROOMS = 20;
const SENDERS = 10;

export const syncPath = (since: string | undefined, timeoutMs: number): string =>
  `/_matrix/client/v3/sync?timeout=${timeoutMs}&filter=${FILTER}${since === undefined ? '' : `&since=${encodeURIComponent(since)}`}`;

export function sendsWhileSyncing(name: string, what: string, options: Options): Workload {
  return {
    name,
    what,
    async prepare(server) {
      const world = await makeWorld(server.caller, PEOPLE, ROOMS);
      return async () => {
        const begun = new Map<string, number>();
        const deliveries = new Deliveries(server.caller, begun);
        await deliveries.start(world.people);
        const sent = await sendAll(server, world, {
          senders: SENDERS,
          messages: options.messages,
          ...(options.perSecond === undefined ? {} : { perSecond: options.perSecond }),
          begun: (key, at) => {
            begun.set(key, at);
          },
        });
        const expected = options.messages * PEOPLE;
        const delivered = await deliveries.stop(expected);
        const perDelivery = ((sent['CPU ms/send'] ?? Number.NaN) * options.messages) / expected;
        return { ...sent, ...delivered, 'CPU ms/delivery': perDelivery };
      };
    },
  };
}

class Deliveries {
  readonly #caller: Caller;
  readonly #begun: ReadonlyMap<string, number>;
  readonly #took: number[] = [];
  readonly #polls: Promise<void>[] = [];
  #stopped = false;

  constructor(caller: Caller, begun: ReadonlyMap<string, number>) {
    this.#caller = caller;
    this.#begun = begun;
  }

  /** Resolves when everybody waits. */
  async start(people: readonly Person[]): Promise<void> {
    for (const person of people) {
      const first = await this.#caller.ok<Synced>('GET', syncPath(undefined, 0), person.token);
      this.#polls.push(this.#poll(person, first.next_batch));
    }
    await sleep(500);
  }

  async stop(expected: number): Promise<Figures> {
    for (let waits = 0; waits < 100 && this.#took.length < expected; waits++) await sleep(100);
    this.#stopped = true;
    await Promise.all(this.#polls);
    return {
      'delivery p50 ms': percentile(this.#took, 0.5),
      'delivery p99 ms': percentile(this.#took, 0.99),
      missing: expected - this.#took.length,
    };
  }

  async #poll(person: Person, from: string): Promise<void> {
    let since = from;
    while (!this.#stopped) {
      // Short enough that a run ends soon.
      const synced = await this.#caller.ok<Synced>('GET', syncPath(since, 2000), person.token);
      const now = performance.now();
      since = synced.next_batch;
      for (const { timeline } of Object.values(synced.rooms?.join ?? {})) {
        for (const { content } of timeline.events) {
          const begun = content.key === undefined ? undefined : this.#begun.get(content.key);
          if (begun !== undefined) this.#took.push(now - begun);
        }
      }
    }
  }
}
