// A server that is down while events for it wait: what that takes of memory and disk.
import { Visitor } from '../../tests/federation/visitor.ts';
import { HERE, Others } from '../federation/others.ts';
import { makeWorld } from '../load/world.ts';
import { sendAll } from './sends.ts';
import type { Workload } from './workload.ts';

export function backlog({ messages }: { readonly messages: number }): Workload {
  return {
    name: 'FB',
    what: `${messages} messages while a server in the room is down`,
    federates: true,
    async prepare(server) {
      const others = await Others.start(server, 1);
      const world = await makeWorld(server.caller, 10, 1);
      await new Visitor(others.servers[0]!, HERE).join(world.rooms[0]!);
      others.close();
      return async () => {
        const disk = server.diskBytes;
        const watched = await server.watch();
        const sent = await sendAll(server, world, { senders: 10, messages });
        const { peakMiB, longestMs } = await watched();
        return {
          ...sent,
          'peak MiB': peakMiB,
          'longest stall ms': longestMs,
          'bytes/event': (server.diskBytes - disk) / messages,
        };
      };
    },
  };
}
