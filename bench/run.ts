// `npm run bench -- [--servers node,workers,synapse] [--only P1a,P8,federation] [--runs 3]`: the workloads, beside what the machine can
// do at all, in one run. Figures of different runs of this program are not comparable: compare what stands in one.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type Figures, summary } from './load/figures.ts';
import { machine } from './machine.ts';
import { hearthOnNode, hearthOnWorkerd } from './servers/hearth.ts';
import { Measured, type Start } from './servers/measured.ts';
import { synapse } from './servers/synapse.ts';
import { backlog } from './workloads/backlog.ts';
import { fanOut } from './workloads/fan-out.ts';
import { footprint } from './workloads/footprint.ts';
import { inbound } from './workloads/inbound.ts';
import { joinElsewhere, joinServed } from './workloads/joins.ts';
import { sends } from './workloads/sends.ts';
import { sendsWhileSyncing } from './workloads/sends-while-syncing.ts';
import { emptySyncs, initialSyncs } from './workloads/syncs.ts';
import type { Workload } from './workloads/workload.ts';

const SERVERS = new Map<string, Start>([
  ['node', hearthOnNode],
  ['workers', hearthOnWorkerd],
  ['synapse', synapse],
]);

/** `factor` makes the load fit a slower server. */
function workloads(factor: number): readonly Workload[] {
  const times = (count: number): number => Math.ceil(count * factor);
  const slow = { rooms: 1, syncDelayMs: 5, reads: true };
  return [
    sends('P1a', 'one sender in one room', { senders: 1, rooms: 1, messages: times(2000) }),
    sends('P1b', 'ten senders in one room', { senders: 10, rooms: 1, messages: times(5000) }),
    sends('P1b10', 'ten senders in ten rooms', { senders: 10, rooms: 10, messages: times(5000) }),
    sends('P1b50', 'fifty senders in one room', { senders: 50, rooms: 1, messages: times(5000) }),
    sendsWhileSyncing('P1c', 'ten senders, fifty syncing, twenty rooms', { messages: times(1500) }),
    sendsWhileSyncing('P1c10', 'the same at ten messages a second', { messages: times(150), perSecond: 10 }),
    initialSyncs(300),
    emptySyncs('P4', 300),
    emptySyncs('P4few', 3),
    // Nobody waits until another server has let people into so many rooms.
    ...(factor === 1 ? [emptySyncs('P4many', 3000)] : []),
    footprint,
    sends('slow10', 'syncs take 5 ms longer: ten senders', { ...slow, senders: 10, messages: times(2000) }),
    sends('slow50', 'syncs take 5 ms longer: fifty senders', { ...slow, senders: 50, messages: times(5000) }),
    inbound('F1', 'PDUs of one server for one room, fifty at a time', {
      servers: 1,
      rooms: 1,
      perTransaction: 50,
      pdus: times(10_000),
    }),
    inbound('F1single', 'the same one at a time', { servers: 1, rooms: 1, perTransaction: 1, pdus: times(3000) }),
    inbound('F100', 'PDUs of ten servers for a hundred rooms, fifty at a time', {
      servers: 10,
      rooms: 100,
      perTransaction: 50,
      pdus: times(10_000),
    }),
    inbound('F100single', 'the same one at a time', { servers: 10, rooms: 100, perTransaction: 1, pdus: times(5000) }),
    joinServed(times(10_000)),
    joinServed(times(50_000)),
    joinElsewhere(times(10_000)),
    joinElsewhere(times(50_000)),
    fanOut({ destinations: 100, messages: times(200) }),
    backlog({ messages: times(100_000) }),
  ];
}

async function measure(workload: Workload, start: Start, runs: number): Promise<string> {
  const server = await Measured.start(start, workload);
  try {
    const run = await workload.prepare(server);
    const figures: Figures[] = [];
    for (let n = 0; n < runs; n++) figures.push(await run());
    return summary(figures);
  } finally {
    await server.stop();
  }
}

const { values } = parseArgs({
  options: {
    servers: { type: 'string', default: 'node' },
    only: { type: 'string' },
    runs: { type: 'string', default: '3' },
  },
});
const only = values.only?.split(',');
/** What needs other servers takes minutes, and is run when it is named: each by itself, or all by `federation`. */
function isWanted({ name, federates = false }: Workload): boolean {
  if (only === undefined) return !federates;
  return only.includes(name) || (federates && only.includes('federation'));
}

console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`);
console.log(`the machine: ${summary([await machine()])}`);
for (const name of values.servers.split(',')) {
  const start = SERVERS.get(name);
  if (!start) throw new Error(`there is no server named ${name}: ${[...SERVERS.keys()].join(', ')}`);
  for (const workload of workloads(name === 'synapse' ? 0.1 : 1)) {
    if (!isWanted(workload)) continue;
    console.log(`${name} ${workload.name} (${workload.what}): ${await measure(workload, start, Number(values.runs))}`);
  }
}
console.log(`the machine: ${summary([await machine()])}`);
