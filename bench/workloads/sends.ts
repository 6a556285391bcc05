// P1a, P1b: messages sent as fast as they are answered, with reads beside them where asked for.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pool, range } from '../load/caller.ts';
import { type Figures, percentile } from '../load/figures.ts';
import { makeWorld, message, sendPath, type World } from '../load/world.ts';
import type { Measured } from '../servers/measured.ts';
import type { Workload } from './workload.ts';

interface Sends {
  readonly senders: number;
  readonly rooms: number;
  readonly messages: number;
  readonly syncDelayMs?: number;
  /** Whether another client reads all the while. */
  readonly reads?: boolean;
}

export function sends(name: string, what: string, options: Sends): Workload {
  return {
    name,
    what,
    ...(options.syncDelayMs === undefined ? {} : { syncDelayMs: options.syncDelayMs }),
    async prepare(server) {
      const world = await makeWorld(server.caller, options.senders, options.rooms);
      await sendAll(server, world, { ...options, messages: Math.ceil(options.messages / 10) });
      return async () => {
        const reading = options.reads === true ? reads(server, world) : undefined;
        const sent = await sendAll(server, world, options);
        return { ...sent, ...(await reading?.()) };
      };
    },
  };
}

export interface SendOptions {
  readonly senders: number;
  readonly messages: number;
  /** Told of each message's key when it sets out. */
  readonly begun?: (key: string, at: number) => void;
  /** Messages a second at fixed times, each timed from when it was due; as fast as answered without it. */
  readonly perSecond?: number;
}

export async function sendAll(server: Measured, world: World, options: SendOptions): Promise<Figures> {
  const { people, rooms } = world;
  const tag = randomBytes(4).toString('hex');
  const took: number[] = [];
  const before = { cpu: server.usage.cpuMs, syncs: server.syncs ?? 0 };
  const start = performance.now();
  await pool(options.senders, range(options.messages), async (n) => {
    const begin =
      options.perSecond === undefined ? performance.now() : await due(start + (n * 1000) / options.perSecond);
    const key = `${tag}.${n}`;
    options.begun?.(key, begin);
    const sender = people[(n % options.senders) % people.length]!;
    await server.caller.ok('PUT', sendPath(rooms[n % rooms.length]!, key), sender.token, message(n, key));
    took.push(performance.now() - begin);
  });
  const seconds = (performance.now() - start) / 1000;
  return {
    'sends/s': options.messages / seconds,
    'p50 ms': percentile(took, 0.5),
    'p99 ms': percentile(took, 0.99),
    'CPU ms/send': (server.usage.cpuMs - before.cpu) / options.messages,
    ...(server.syncs === undefined ? {} : { 'syncs/send': (server.syncs - before.syncs) / options.messages }),
  };
}

async function due(at: number): Promise<number> {
  const wait = at - performance.now();
  if (wait > 0) await sleep(wait);
  return at;
}

/** Reads of another room, one after another, until it is called. */
function reads(server: Measured, { people }: World): () => Promise<Figures> {
  const took: number[] = [];
  let stop = false;
  const { token } = people[0]!;
  const running = (async () => {
    const room = await server.caller.ok<{ room_id: string }>('POST', '/_matrix/client/v3/createRoom', token, {});
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room.room_id)}/state/m.room.create`;
    while (!stop) {
      const begin = performance.now();
      await server.caller.ok('GET', path, token);
      took.push(performance.now() - begin);
      await sleep(2);
    }
  })();
  return async () => {
    stop = true;
    await running;
    return { 'read p50 ms': percentile(took, 0.5), 'read p99 ms': percentile(took, 0.99) };
  };
}
