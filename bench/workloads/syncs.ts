// P3 and P4: syncs of people who are all in many rooms, whole and with nothing new.
import { type Figures, percentile } from '../load/figures.ts';
import { makeWorld } from '../load/world.ts';
import { syncPath } from './sends-while-syncing.ts';
import type { Workload } from './workload.ts';

const PEOPLE = 5;
const HISTORY = 3;
const EMPTY = 300;

async function timed(count: number, work: (n: number) => Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  for (let n = 0; n < count; n++) {
    const begin = performance.now();
    await work(n);
    took.push(performance.now() - begin);
  }
  return took;
}

export function initialSyncs(rooms: number): Workload {
  return {
    name: 'P3',
    what: `initial sync of ${rooms} rooms, whole and with lazily loaded members`,
    async prepare(server) {
      const { people } = await makeWorld(server.caller, PEOPLE, rooms, HISTORY);
      const sync = (path: string) => (n: number) => server.caller.ok('GET', path, people[n % PEOPLE]!.token);
      return async (): Promise<Figures> => ({
        'whole p50 ms': percentile(await timed(PEOPLE, sync('/_matrix/client/v3/sync?timeout=0')), 0.5),
        'lazy p50 ms': percentile(await timed(PEOPLE, sync(syncPath(undefined, 0))), 0.5),
      });
    },
  };
}

export function emptySyncs(name: string, rooms: number): Workload {
  return {
    name,
    what: `sync without news, ${rooms} rooms`,
    async prepare(server) {
      const { people } = await makeWorld(server.caller, PEOPLE, rooms);
      const { token } = people[0]!;
      let { next_batch: since } = await server.caller.ok<{ next_batch: string }>('GET', syncPath(undefined, 0), token);
      return async (): Promise<Figures> => {
        const before = server.usage.cpuMs;
        const took = await timed(EMPTY, async () => {
          ({ next_batch: since } = await server.caller.ok<{ next_batch: string }>('GET', syncPath(since, 0), token));
        });
        return {
          'p50 ms': percentile(took, 0.5),
          'p99 ms': percentile(took, 0.99),
          'CPU ms/sync': (server.usage.cpuMs - before) / EMPTY,
        };
      };
    },
  };
}
