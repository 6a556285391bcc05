// What waits for other servers: cursors in one stream, transactions, and who is left alone for how long.
// https://spec.matrix.org/v1.19/server-server-api/#transactions
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DestinationWork, RoomNews } from '../../src/ports/contracts/servers-outbound.ts';
import { Shard } from './shard.ts';

const ROOM = '!room:hearth.test';
const [A, B] = ['a.test', 'b.test'];

const came = (roomPos: number, ...joined: string[]): RoomNews => ({ roomPos, joined, left: [] });
const went = (roomPos: number, server: string, eventId?: string): RoomNews => ({
  roomPos,
  joined: [],
  left: [server],
  ...(eventId === undefined ? {} : { event: { eventId, server: 'hearth.test' } }),
});
const said = (roomPos: number, eventId: string, server = 'hearth.test'): RoomNews => ({
  roomPos,
  event: { eventId, server },
  joined: [],
  left: [],
});

async function due(shard: Shard): Promise<Map<string, readonly string[]>> {
  const work = await shard.lease();
  return new Map(work.map(({ destination, events }) => [destination, events.map(({ eventId }) => eventId)]));
}

/** Sends everything there is to everybody, and answers who got what. */
async function drain(shard: Shard): Promise<Map<string, string[]>> {
  const got = new Map<string, string[]>();
  for (let work = await shard.lease(); work.length > 0; work = await shard.lease())
    for (const each of work) {
      got.set(each.destination, [...(got.get(each.destination) ?? []), ...each.events.map(({ eventId }) => eventId)]);
      await shard.settle(each, true);
    }
  return got;
}

test('an event goes to the servers that are in the room, but not to the one whose it is', async () => {
  const shard = new Shard();
  await shard.apply(ROOM, 10, 12, [came(11, A, B), said(12, '$one')]);
  assert.deepEqual(
    await drain(shard),
    new Map([
      [A, ['$one']],
      [B, ['$one']],
    ]),
  );
  await shard.apply(ROOM, 12, 13, [said(13, '$two', A)]);
  assert.deepEqual(await drain(shard), new Map([[B, ['$two']]]));
});

test('what came before a stay and after it is not for the server, the event that ends it is', async () => {
  const shard = new Shard();
  await shard.apply(ROOM, 0, 6, [
    came(1, A),
    said(2, '$two'),
    came(3, B),
    said(4, '$four'),
    went(5, A, '$kick'),
    said(6, '$six'),
  ]);
  const got = await drain(shard);
  assert.deepEqual(got.get(A), ['$two', '$four', '$kick']);
  assert.deepEqual(got.get(B), ['$four', '$kick', '$six']);
});

test('a gap is refused, what is known is ignored', async () => {
  const shard = new Shard();
  assert.equal(await shard.apply(ROOM, 0, 2, [came(1, A), said(2, '$two')]), 2);
  assert.equal(await shard.apply(ROOM, 3, 4, [said(4, '$four')]), 2);
  assert.equal(await shard.apply(ROOM, 0, 3, [came(1, A), said(2, '$two'), said(3, '$three')]), 3);
  assert.deepEqual(await drain(shard), new Map([[A, ['$two', '$three']]]));
});

test('a new epoch makes the shard forget the room and ask for all of it', async () => {
  const shard = new Shard();
  await shard.apply(ROOM, 0, 2, [came(1, A), said(2, '$two')]);
  await drain(shard);
  assert.equal(await shard.apply(ROOM, 2, 3, [said(3, '$three')], 2), 0);
  await shard.apply(ROOM, 0, 3, [came(1, B), said(3, '$three')], 2);
  assert.deepEqual(await drain(shard), new Map([[B, ['$three']]]));
  assert.equal(await shard.apply(ROOM, 3, 4, [said(4, '$late')], 1), 3, 'who tells of the old one is not listened to');
});

test('one transaction at a time is under way to a server', async () => {
  const shard = new Shard();
  await shard.apply(ROOM, 0, 2, [came(1, A), said(2, '$two')]);
  const [first] = await shard.lease();
  await shard.apply(ROOM, 2, 3, [said(3, '$three')]);
  assert.deepEqual(await shard.lease(), []);
  await shard.settle(first!, true);
  assert.deepEqual(await due(shard), new Map([[A, ['$three']]]));
});

test('a lease that nobody reports on ends, and the same events go out under the same id', async () => {
  const shard = new Shard();
  await shard.apply(ROOM, 0, 2, [came(1, A), said(2, '$two')]);
  const [first] = await shard.lease();
  shard.pass(121_000);
  const [second] = await shard.lease();
  assert.equal(second?.transactionId, first?.transactionId);
  assert.deepEqual(second?.events, first?.events);
  await shard.settle(first!, true);
  shard.pass(1000);
  assert.deepEqual(await shard.lease(), [], 'the report of an older lease counts for nothing');
});

for (const restarts of [false, true])
  test(`a transaction that was not taken goes out again as it was, and what came meanwhile after it (restart: ${restarts})`, async () => {
    const shard = new Shard();
    await shard.apply(ROOM, 0, 2, [came(1, A), said(2, '$two')]);
    const [first] = await shard.lease();
    await shard.settle(first!, false);
    await shard.apply(ROOM, 2, 3, [said(3, '$three')]);
    if (restarts) shard.restart();
    shard.pass(10_000);
    const [again] = await shard.lease();
    assert.deepEqual([again?.transactionId, again?.events], [first?.transactionId, first?.events]);
    await shard.settle(again!, true);
    const [next] = await shard.lease();
    assert.deepEqual(
      next?.events.map(({ eventId }) => eventId),
      ['$three'],
    );
  });

test('who is always busy does not keep others from their turn', async () => {
  const shard = new Shard();
  await shard.apply(ROOM, 0, 1, [came(1, A, B)]);
  const turns: string[] = [];
  for (let pos = 2; pos < 6; pos++) {
    await shard.apply(ROOM, pos - 1, pos, [said(pos, `$${pos}`)]);
    const [work] = await shard.servers.work.lease(1);
    assert.ok(work?.kind === 'destination');
    turns.push(work.destination);
    await shard.settle(work, true);
  }
  assert.deepEqual(turns, [A, B, A, B]);
});

test('a transaction holds 50 events at most, in order', async () => {
  const shard = new Shard();
  const news = Array.from({ length: 120 }, (_, index) => said(index + 2, `$${index}`));
  await shard.apply(ROOM, 0, 121, [came(1, A), ...news]);
  const sizes: number[] = [];
  const got: string[] = [];
  for (let [work] = await shard.lease(); work !== undefined; [work] = await shard.lease()) {
    sizes.push(work.events.length);
    got.push(...work.events.map(({ eventId }) => eventId));
    await shard.settle(work, true);
  }
  assert.deepEqual(sizes, [50, 50, 20]);
  assert.deepEqual(
    got,
    news.map(({ event }) => event?.eventId),
  );
});

test('a server that cannot be reached is left alone for longer and longer, up to an hour, and the others are not', async () => {
  const shard = new Shard();
  await shard.apply(ROOM, 0, 2, [came(1, A, B), said(2, '$two')]);
  const work = await shard.lease();
  for (const each of work) await shard.settle(each, each.destination === B);
  const pauses: number[] = [];
  for (let failure = 0; failure < 12; failure++) {
    const start = shard.time;
    let again: readonly DestinationWork[] = [];
    while (again.length === 0) {
      shard.pass(1000);
      again = await shard.lease();
    }
    pauses.push(shard.time - start);
    await shard.settle(again[0]!, false);
  }
  assert.ok(pauses[0]! <= 7000, String(pauses));
  for (const [index, pause] of pauses.slice(1, 8).entries()) assert.ok(pause > pauses[index]!, String(pauses));
  assert.ok(Math.max(...pauses) <= 3_600_000 * 1.25 + 1000, String(pauses));
  await shard.apply(ROOM, 2, 3, [said(3, '$three')]);
  assert.deepEqual(await due(shard), new Map([[B, ['$three']]]));
});

test('the pause outlasts a restart, whatever became of the clock', async () => {
  const shard = new Shard();
  await shard.apply(ROOM, 0, 2, [came(1, A), said(2, '$two')]);
  for (let failure = 0; failure < 5; failure++) {
    shard.pass(4_000_000);
    await shard.settle((await shard.lease())[0]!, false);
  }
  shard.restart();
  assert.deepEqual(await shard.lease(), []);
  shard.wall -= 365 * 86_400_000;
  shard.restart();
  assert.deepEqual(await shard.lease(), []);
  shard.pass(3_700_000);
  assert.deepEqual(await due(shard), new Map([[A, ['$two']]]));
});

test('a server that calls us is tried again at once', async () => {
  const shard = new Shard();
  await shard.apply(ROOM, 0, 2, [came(1, A), said(2, '$two')]);
  for (let failure = 0; failure < 5; failure++) {
    shard.pass(4_000_000);
    await shard.settle((await shard.lease())[0]!, false);
  }
  assert.deepEqual(await shard.lease(), []);
  await shard.servers.outbound.heard(A);
  await shard.servers.outbound.heard('stranger.test');
  assert.deepEqual(await due(shard), new Map([[A, ['$two']]]));
});

test('who was away for very long is sent the last event of each room it is in, and all of those it has left', async () => {
  const shard = new Shard();
  const other = '!other:hearth.test';
  await shard.apply(other, 0, 3, [came(1, A), said(2, '$bye'), went(3, A, '$kick')]);
  await shard.apply(ROOM, 0, 2, [came(1, A), said(2, '$first')]);
  await shard.settle((await shard.lease())[0]!, false);
  for (let pos = 3; pos < 1500; pos++) await shard.apply(ROOM, pos - 1, pos, [said(pos, `$${pos}`)]);
  shard.pass(10_000);
  assert.deepEqual(await drain(shard), new Map([[A, ['$bye', '$kick', '$1499']]]));
  await shard.apply(ROOM, 1499, 1500, [said(1500, '$news')]);
  assert.deepEqual(await drain(shard), new Map([[A, ['$news']]]));
});

test('the rooms of a server are told, those it is in first, and of those the ones with something sent lately', async () => {
  const shard = new Shard();
  await shard.apply('!left:x', 0, 3, [came(1, A), said(2, '$1'), went(3, A)]);
  await shard.apply('!old:x', 0, 2, [came(1, A), said(2, '$2')]);
  await shard.apply('!new:x', 0, 2, [came(1, A), said(2, '$3')]);
  await shard.apply('!not:x', 0, 2, [came(1, B), said(2, '$4')]);
  assert.deepEqual(await shard.servers.outbound.roomsWith(A, 10), ['!new:x', '!old:x', '!left:x']);
  assert.deepEqual(await shard.servers.outbound.roomsWith(A, 1), ['!new:x']);
});

for (let seed = 1; seed <= 60; seed++)
  test(`whatever fails and restarts, every server gets all that is for it, in order (seed ${seed})`, async () => {
    const shard = new Shard();
    const random = (below: number): number => (shard.draw() * below) | 0;
    shard.seed(seed);
    const servers = [A, B, 'c.test'];
    const rooms = ['!1:x', '!2:x'].map((id) => ({ id, pos: 0, present: new Set<string>() }));
    const expected = new Map<string, string[]>(servers.map((server) => [server, []]));
    const got = new Map<string, string[]>(servers.map((server) => [server, []]));
    const work = async (reliable: boolean): Promise<number> => {
      const leased = await shard.lease();
      for (const each of leased) {
        const taken = reliable || random(3) > 0;
        // An answer may get lost though the server has the events.
        if (taken || random(2) === 0) got.get(each.destination)!.push(...each.events.map(({ eventId }) => eventId));
        if (reliable || random(8) > 0) await shard.settle(each, taken);
      }
      return leased.length;
    };
    for (let step = 0; step < 120; step++) {
      const room = rooms[random(2)]!;
      const server = servers[random(3)]!;
      const what = random(10);
      room.pos += 1;
      if (what < 2) {
        const isHere = room.present.delete(server);
        if (!isHere) room.present.add(server);
        await shard.apply(room.id, room.pos - 1, room.pos, [isHere ? went(room.pos, server) : came(room.pos, server)]);
      } else {
        const by = what < 8 ? 'hearth.test' : server;
        const eventId = `$${room.id}${room.pos}`;
        for (const present of room.present) if (present !== by) expected.get(present)!.push(eventId);
        await shard.apply(room.id, room.pos - 1, room.pos, [said(room.pos, eventId, by)]);
      }
      if (random(3) === 0) await work(false);
      if (random(15) === 0) shard.restart();
      shard.pass(random(20_000));
    }
    for (let idle = 0; idle < 3;) {
      shard.pass(4_600_000);
      idle = (await work(true)) === 0 ? idle + 1 : 0;
    }
    // Others drop what comes twice.
    for (const server of servers) assert.deepEqual([...new Set(got.get(server))], expected.get(server), server);
  });
