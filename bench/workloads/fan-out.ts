// Messages of ours to a room with users of many servers: until each of the servers has them all.
// https://spec.matrix.org/v1.19/server-server-api/#transactions
import { setTimeout as sleep } from 'node:timers/promises';
import { Visitor } from '../../tests/federation/visitor.ts';
import { HERE, Others } from '../federation/others.ts';
import { makeWorld } from '../load/world.ts';
import type { Workload } from './workload.ts';
import { sendAll } from './sends.ts';

const LOOK_MS = 5;
const PATIENCE_MS = 300_000;

export function fanOut({
  destinations,
  messages,
}: {
  readonly destinations: number;
  readonly messages: number;
}): Workload {
  return {
    name: `FO${destinations}`,
    what: `${messages} messages of ten senders to ${destinations} servers`,
    federates: true,
    async prepare(server) {
      const { servers } = await Others.start(server, destinations);
      const world = await makeWorld(server.caller, 10, 1);
      let [arrived, transactions] = [0, 0];
      for (const other of servers) {
        other.on('PUT', /v1\/send\//, ({ text }) => {
          arrived += (JSON.parse(text) as { readonly pdus: readonly unknown[] }).pdus.length;
          transactions += 1;
          return { status: 200, headers: [], body: '{"pdus":{}}' };
        });
        await new Visitor(other, HERE).join(world.rooms[0]!);
      }
      // The joins are told to those who were there before.
      const told = async (count: number): Promise<void> => {
        const until = performance.now() + PATIENCE_MS;
        while (arrived < count) {
          if (performance.now() > until) throw new Error(`${arrived} of ${count} events arrived`);
          await sleep(LOOK_MS);
        }
      };
      await told((destinations * (destinations - 1)) / 2);
      return async () => {
        [arrived, transactions] = [0, 0];
        const watched = await server.watch();
        const [cpu, begin] = [server.usage.cpuMs, performance.now()];
        const sent = await sendAll(server, world, { senders: 10, messages });
        await told(messages * destinations);
        const seconds = (performance.now() - begin) / 1000;
        const { peakMiB, longestMs } = await watched();
        return {
          'sends/s': sent['sends/s'] ?? Number.NaN,
          'deliveries/s': (messages * destinations) / seconds,
          'CPU ms/delivery': (server.usage.cpuMs - cpu) / (messages * destinations),
          'events/transaction': (messages * destinations) / transactions,
          'peak MiB': peakMiB,
          'longest stall ms': longestMs,
        };
      };
    },
  };
}
