// Joins of large rooms: of another server to a room of ours, and of a user of ours to a room that is elsewhere.
// https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import { Visitor } from '../../tests/federation/visitor.ts';
import { HERE, Others } from '../federation/others.ts';
import { PlayedRoom } from '../federation/played-room.ts';
import { makeResident } from '../federation/resident.ts';
import { madeTransactions, sendTransactions } from '../federation/transactions.ts';
import type { Figures } from '../load/figures.ts';
import { makeWorld, message, sendPath } from '../load/world.ts';
import type { Measured } from '../servers/measured.ts';
import type { Workload } from './workload.ts';

/** As many runs as there can be: each is of a server that was not there. */
const JOINING_SERVERS = 20;
const RESIDENT_SERVERS = 100;

export function joinServed(members: number): Workload {
  return {
    name: `FS${members / 1000}k`,
    what: `a server joins a room of ours with ${members} members`,
    federates: true,
    async prepare(server) {
      const { servers } = await Others.start(server, JOINING_SERVERS);
      const { rooms } = await makeWorld(server.caller, 1, 1);
      const [roomId] = rooms as [string];
      const [first, ...others] = servers;
      const visitor = new Visitor(first!, HERE);
      const room = PlayedRoom.of(visitor, roomId, await visitor.join(roomId));
      const joins = Array.from({ length: members - 2 }, (_, n) => room.join(first!, `@member${n}:${first!.name}`).text);
      const filling = await filled(server, () =>
        sendTransactions(server.caller, madeTransactions(first!, joins, 50)).then(() => joins.length),
      );
      return async () => {
        const joining = new Visitor(others.shift()!, HERE);
        const watched = await server.watch();
        const begin = performance.now();
        const made = joining.complete(await joining.make('join', roomId));
        const { bytes, firstMs } = await submitted(server, joining, roomId, made);
        const tookMs = performance.now() - begin;
        const { peakMiB, longestMs } = await watched();
        return {
          'join ms': tookMs,
          'first byte ms': firstMs,
          'answer MB': bytes / 1e6,
          'peak MiB': peakMiB,
          'longest stall ms': longestMs,
          ...filling,
        };
      };
    },
  };
}

async function filled(server: Measured, fill: () => Promise<number>): Promise<Figures> {
  const watched = await server.watch();
  const [cpu, begin] = [server.usage.cpuMs, performance.now()];
  const joins = await fill();
  const { peakMiB, longestMs } = await watched();
  return {
    'before: joins/s': (joins * 1000) / (performance.now() - begin),
    'CPU ms/join': (server.usage.cpuMs - cpu) / joins,
    'peak MiB then': peakMiB,
    'longest stall ms then': longestMs,
  };
}

async function submitted(
  server: Measured,
  { server: from }: Visitor,
  roomId: string,
  { eventId, text }: { readonly eventId: string; readonly text: string },
): Promise<{ readonly bytes: number; readonly firstMs: number }> {
  const target = `/_matrix/federation/v2/send_join/${encodeURIComponent(roomId)}/${encodeURIComponent(eventId)}`;
  const begin = performance.now();
  const answer = await fetch(`http://127.0.0.1:${server.port}${target}`, {
    method: 'PUT',
    headers: { authorization: from.header(HERE, 'PUT', target, text) },
    body: text,
  });
  const firstMs = performance.now() - begin;
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  return { bytes: (await answer.arrayBuffer()).byteLength, firstMs };
}

export function joinElsewhere(members: number): Workload {
  return {
    name: `FJ${members / 1000}k`,
    what: `a user of ours joins a room elsewhere with ${members} members on ${RESIDENT_SERVERS} servers`,
    federates: true,
    async prepare(server) {
      const { servers } = await Others.start(server, RESIDENT_SERVERS);
      const { people } = await makeWorld(server.caller, 1, 0);
      const { token } = people[0]!;
      for (const other of servers)
        other.on('PUT', /v1\/send\//, () => ({ status: 200, headers: [], body: '{"pdus":{}}' }));
      return async () => {
        const { roomId } = makeResident(servers, members);
        const watched = await server.watch();
        const cpu = server.usage.cpuMs;
        const begin = performance.now();
        const path = `/_matrix/client/v3/join/${encodeURIComponent(roomId)}?via=${encodeURIComponent(servers[0]!.name)}`;
        await server.caller.ok('POST', path, token, {});
        const joinedMs = performance.now() - begin;
        await server.caller.ok('PUT', sendPath(roomId, 'first'), token, message(0));
        const { peakMiB, longestMs } = await watched();
        return {
          'join ms': joinedMs,
          'until the first message ms': performance.now() - begin,
          'CPU ms': server.usage.cpuMs - cpu,
          'peak MiB': peakMiB,
          'longest stall ms': longestMs,
        };
      };
    },
  };
}
