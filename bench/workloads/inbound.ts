// Events of other servers, each signed and in its place, in transactions as fast as they are answered.
// https://spec.matrix.org/v1.19/server-server-api/#transactions
import { Visitor } from '../../tests/federation/visitor.ts';
import { HERE, Others } from '../federation/others.ts';
import { madeTransactions, sendTransactions } from '../federation/transactions.ts';
import { type Figures, percentile } from '../load/figures.ts';
import { makeWorld } from '../load/world.ts';
import type { Measured } from '../servers/measured.ts';
import type { Workload } from './workload.ts';

interface Inbound {
  readonly servers: number;
  readonly rooms: number;
  readonly perTransaction: number;
  readonly pdus: number;
}

export function inbound(name: string, what: string, options: Inbound): Workload {
  return {
    name,
    what,
    federates: true,
    async prepare(server) {
      const { servers } = await Others.start(server, options.servers);
      const { rooms } = await makeWorld(server.caller, 1, options.rooms);
      const visits: Visit[] = [];
      for (const [index, roomId] of rooms.entries()) {
        const visitor = new Visitor(servers[index % servers.length]!, HERE, `visitor${index}`);
        await visitor.join(roomId);
        visits.push({ visitor, roomId });
      }
      await send(server, visits, { ...options, pdus: Math.ceil(options.pdus / 5) });
      return () => send(server, visits, options);
    },
  };
}

interface Visit {
  readonly visitor: Visitor;
  readonly roomId: string;
}

async function send(server: Measured, visits: readonly Visit[], { perTransaction, pdus }: Inbound): Promise<Figures> {
  const byServer = Map.groupBy(visits, ({ visitor }) => visitor.server);
  const each = Math.ceil(pdus / byServer.size);
  const made = [...byServer].map(([from, own]) => {
    const texts = Array.from({ length: each }, (_, n) => {
      const { visitor, roomId } = own[n % own.length]!;
      return visitor.message(roomId, `message number ${n} ${'x'.repeat(100)}`).text;
    });
    return madeTransactions(from, texts, perTransaction);
  });
  const watched = await server.watch();
  const before = { cpu: server.usage.cpuMs, syncs: server.syncs ?? 0 };
  const took: number[] = [];
  const start = performance.now();
  await Promise.all(made.map((own) => sendTransactions(server.caller, own, took)));
  const seconds = (performance.now() - start) / 1000;
  const sent = each * byServer.size;
  const { peakMiB, longestMs } = await watched();
  return {
    'PDUs/s': sent / seconds,
    'CPU ms/PDU': (server.usage.cpuMs - before.cpu) / sent,
    'p50 ms': percentile(took, 0.5),
    'p99 ms': percentile(took, 0.99),
    ...(server.syncs === undefined ? {} : { 'syncs/PDU': (server.syncs - before.syncs) / sent }),
    'peak MiB': peakMiB,
    'longest stall ms': longestMs,
  };
}
