// `npm run graphs -- [--count N] [--from SEED] [--version V]`: generated rooms, N for all versions together, on which
// src/authorization and src/state are compared with the oracles. Ends at the first difference, made small and printed.
import { parseArgs } from 'node:util';
import { ROOM_VERSIONS } from '../../src/events/room-versions.ts';
import { firstDifference } from './agreement.ts';
import { printGraph } from './print-graph.ts';
import { makeRoomGraph } from './room-graph.ts';
import { shrink } from './shrink.ts';

const { values } = parseArgs({
  options: { count: { type: 'string' }, from: { type: 'string' }, version: { type: 'string' } },
});
const count = Number(values.count ?? 10_000);
const versions = values.version === undefined ? ROOM_VERSIONS.map(({ id }) => id) : [values.version];
const began = performance.now();
let events = 0;
let seed = Number(values.from ?? 1);
let done = 0;

for (; done < count; seed++) {
  for (const version of versions) {
    if (done++ >= count) break;
    const graph = makeRoomGraph(seed, { version });
    events += graph.events.size;
    const difference = firstDifference(graph);
    if (difference === undefined) continue;
    const small = shrink(graph, (smaller) => firstDifference(smaller) !== undefined);
    console.log(`seed ${seed}, version ${version}: ${firstDifference(small)}\n\n${printGraph(small)}`);
    process.exit(1);
  }
  if (seed % 100 === 0) console.log(`${done} rooms`);
}
const seconds = ((performance.now() - began) / 1000).toFixed(1);
console.log(`${count} rooms with ${events} events, no difference, ${seconds} s; the next seed is ${seed}`);
