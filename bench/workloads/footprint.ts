// P8: memory of a server that was just started and after a load, and what an event takes on the disk once all is quiet.
import { setTimeout as sleep } from 'node:timers/promises';
import { makeWorld } from '../load/world.ts';
import { sendAll } from './sends.ts';
import type { Workload } from './workload.ts';

const MESSAGES = 3000;
/** Longer than a server waits until it tidies up. */
const QUIET_MS = 15_000;

export const footprint: Workload = {
  name: 'P8',
  what: `memory idle and after ${MESSAGES} messages in ten rooms of ten; disk for each of them`,
  async prepare(server) {
    const idle = server.usage.rssMiB;
    const world = await makeWorld(server.caller, 10, 10);
    await sleep(QUIET_MS);
    return async () => {
      const before = server.diskBytes;
      await sendAll(server, world, { senders: 10, messages: MESSAGES });
      const loaded = server.usage.rssMiB;
      await sleep(QUIET_MS);
      return {
        'idle MiB': idle,
        'loaded MiB': loaded,
        'bytes/event': (server.diskBytes - before) / MESSAGES,
      };
    };
  },
};
