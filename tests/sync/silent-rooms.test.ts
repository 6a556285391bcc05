// A Room that is silent delays nobody, and nothing of it is lost. https://spec.matrix.org/v1.19/client-server-api/#syncing
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinToken, OWED_MAX, splitToken } from '../../src/sync/owed.ts';
import { Hearth } from '../api/hearth.ts';
import { Client, roomPath, type SyncAnswer } from '../black-box/client.ts';
import { Moods } from './moods.ts';

const V3 = '/_matrix/client/v3';

async function world() {
  const moods = new Moods();
  const hearth = new Hearth({}, moods.between);
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(roomId);
  await hearth.settle();
  const since = (await alice.sync()).next_batch;
  return { moods, hearth, alice, bob, roomId, since };
}

/** A /sync during which time passes. */
async function patient(
  hearth: Hearth,
  client: Client,
  query: Readonly<Record<string, string>>,
  ms = 3000,
): Promise<SyncAnswer> {
  const answer = client.sync(query);
  await hearth.sleep(ms);
  return answer;
}

const bodies = (answer: SyncAnswer, roomId: string): unknown[] =>
  (answer.rooms?.join?.[roomId]?.timeline?.events ?? []).map(({ content }) => content['body']);

test('what a silent room has is told with the next answer, once', async () => {
  const { moods, hearth, alice, bob, roomId, since } = await world();
  const other = await alice.createRoom();
  await bob.send(roomId, 'late');
  await hearth.settle();
  moods.silent.add(roomId);
  const first = await patient(hearth, alice, { since });
  assert.ok(first.rooms?.join?.[other]);
  assert.equal(first.rooms.join[roomId], undefined);
  const still = await patient(hearth, alice, { since: first.next_batch });
  assert.equal(still.rooms?.join?.[roomId], undefined);
  moods.silent.clear();
  const then = await patient(hearth, alice, { since: still.next_batch });
  assert.deepEqual(bodies(then, roomId), ['late']);
  assert.equal((await patient(hearth, alice, { since: then.next_batch })).rooms, undefined);
});

test('account data, typing and receipts of a silent room are not lost', async () => {
  const { moods, hearth, alice, bob, roomId, since } = await world();
  const eventId = await bob.send(roomId, 'read me');
  await bob.ok('POST', `${roomPath(roomId)}/receipt/m.read/${encodeURIComponent(eventId)}`, {});
  await bob.ok('PUT', `${roomPath(roomId)}/typing/${bob.userId}`, { typing: true });
  await alice.ok('PUT', `${V3}/user/${alice.userId}/rooms/${roomId}/account_data/m.tag`, { tags: {} });
  await hearth.settle();
  moods.silent.add(roomId);
  const first = await patient(hearth, alice, { since });
  moods.silent.clear();
  const then = await patient(hearth, alice, { since: first.next_batch });
  const rooms = [first, then].flatMap((answer) => answer.rooms?.join?.[roomId] ?? []);
  const types = rooms.flatMap((room) =>
    [...(room.account_data?.events ?? []), ...(room.ephemeral?.events ?? [])].map(({ type }) => type),
  );
  assert.deepEqual(types.sort(), ['m.receipt', 'm.tag', 'm.typing']);
});

test('a room that was left while it was silent is told', async () => {
  const { moods, hearth, alice, roomId, since } = await world();
  await alice.ok('POST', `${roomPath(roomId)}/leave`, {});
  await hearth.settle();
  moods.silent.add(roomId);
  const first = await patient(hearth, alice, { since });
  moods.silent.clear();
  const then = await patient(hearth, alice, { since: first.next_batch });
  assert.equal(then.rooms?.leave?.[roomId]?.timeline?.events.at(-1)?.content['membership'], 'leave');
});

test('that somebody left the last room in common is told at once though it is silent, and not again with the room', async () => {
  const { moods, hearth, alice, bob, roomId, since } = await world();
  await bob.ok('POST', `${roomPath(roomId)}/leave`, {});
  await hearth.settle();
  moods.silent.add(roomId);
  const first = await patient(hearth, alice, { since });
  assert.equal(first.rooms, undefined);
  assert.deepEqual(first.device_lists?.left, [bob.userId]);
  moods.silent.clear();
  const then = await patient(hearth, alice, { since: first.next_batch });
  assert.equal(then.rooms?.join?.[roomId]?.timeline?.events.at(-1)?.content['membership'], 'leave');
  assert.equal(then.device_lists, undefined);
});

test('a full state that a silent room owes comes as one', async () => {
  const { moods, hearth, alice, roomId, since } = await world();
  moods.silent.add(roomId);
  const first = await patient(hearth, alice, { since, full_state: 'true' });
  moods.silent.clear();
  const room = (await patient(hearth, alice, { since: first.next_batch })).rooms?.join?.[roomId];
  const types = [...(room?.state?.events ?? []), ...(room?.timeline?.events ?? [])].map(({ type }) => type);
  assert.ok(types.includes('m.room.create'));
});

test('a room that fails at once is not asked in a loop', async () => {
  const { moods, hearth, alice, bob, roomId, since } = await world();
  await bob.send(roomId, 'x');
  await hearth.settle();
  moods.failing.add(roomId);
  const first = await patient(hearth, alice, { since });
  moods.asked = 0;
  const next = alice.sync({ since: first.next_batch, timeout: '30000' });
  await hearth.sleep(500);
  assert.equal(moods.asked, 0);
  await hearth.sleep(1000);
  assert.equal(moods.asked, 1);
  await next;
});

test('more silent rooms than a token has room for are waited for', async () => {
  const { moods, hearth, alice } = await world();
  const rooms: string[] = [];
  for (let n = 0; n <= OWED_MAX; n++) rooms.push(await alice.createRoom({ preset: 'public_chat' }));
  await hearth.settle();
  for (const roomId of rooms) moods.failing.add(roomId);
  assert.equal((await alice.call('GET', `${V3}/sync`)).status, 500);
  moods.failing.delete(rooms[0]!);
  const { next_batch: since } = await alice.sync();
  moods.failing.clear();
  const { rooms: told } = await alice.sync({ since });
  assert.equal(Object.keys(told?.join ?? {}).length, OWED_MAX);
});

test('a token that owes rooms is a token everywhere', async () => {
  const { moods, hearth, alice, bob, roomId, since } = await world();
  await bob.send(roomId, 'x');
  await hearth.settle();
  moods.silent.add(roomId);
  const { next_batch: token } = await patient(hearth, alice, { since });
  assert.match(token, /~/);
  const from = encodeURIComponent(token);
  const page = await alice.ok('GET', `${roomPath(roomId)}/messages?dir=f&from=${from}`);
  assert.deepEqual(
    (page.body['chunk'] as { content: { body: string } }[]).map(({ content }) => content.body),
    ['x'],
  );
  await alice.ok('GET', `${roomPath(roomId)}/members?at=${from}`);
  await alice.ok('GET', `${V3}/keys/changes?from=${from}&to=${from}`);
});

/** The room's log becomes another one, as a restore makes it; nobody has been told of that yet. */
async function beginEpoch(hearth: Hearth, roomId: string, somebody: Client): Promise<void> {
  const owner = hearth.connection.own('SELECT owner FROM objects WHERE name = ?').get(roomId)?.['owner'];
  hearth.connection.own('UPDATE room_info SET epoch = epoch + 1 WHERE owner = ?').run(Number(owner));
  // So many that the room is dropped from memory.
  for (let n = 0; n < 12; n++) await somebody.createRoom();
  await hearth.settle();
}

test('positions of a log that has become another one are refused by the room, and then its user is told the room anew', async () => {
  const { moods, hearth, alice, bob, roomId, since } = await world();
  const charlie = await Client.register(hearth, 'charlie');
  await bob.send(roomId, 'before');
  await hearth.settle();
  moods.silent.add(roomId);
  const owed = await patient(hearth, alice, { since });
  moods.silent.clear();
  await beginEpoch(hearth, roomId, charlie);
  // Her group has not heard of it yet: it names positions that mean nothing.
  const refused = await patient(hearth, alice, { since: owed.next_batch });
  assert.equal(refused.rooms?.join?.[roomId], undefined);
  await bob.send(roomId, 'after');
  await hearth.settle();
  const { rooms, next_batch: next } = await patient(hearth, alice, { since: refused.next_batch });
  const told = rooms?.join?.[roomId];
  assert.equal(told?.timeline?.limited, true);
  assert.deepEqual(
    told?.timeline?.events.slice(-2).map(({ content }) => content['body']),
    ['before', 'after'],
  );
  await bob.send(roomId, 'next');
  await hearth.settle();
  assert.deepEqual(bodies(await patient(hearth, alice, { since: next }), roomId), ['next']);
});

test('who left is told so although the room has another log by the time it can say so', async () => {
  const { moods, hearth, alice, bob, roomId } = await world();
  const charlie = await Client.register(hearth, 'charlie');
  const { next_batch: since } = await bob.sync();
  await bob.ok('POST', `${roomPath(roomId)}/leave`, {});
  await hearth.settle();
  moods.silent.add(roomId);
  const owed = await patient(hearth, bob, { since });
  assert.equal(owed.rooms?.leave?.[roomId], undefined);
  moods.silent.clear();
  await beginEpoch(hearth, roomId, charlie);
  await alice.send(roomId, 'not for Bob');
  await hearth.settle();
  const { rooms } = await patient(hearth, bob, { since: owed.next_batch });
  const left = rooms?.leave?.[roomId];
  assert.equal(left?.timeline?.events.at(-1)?.content['membership'], 'leave');
});

test('what was owed is read as it was written', () => {
  const owed = [
    { roomId: '!a:hs1', epoch: 1, after: 3, receiptsAfter: 'all' as const, leftAt: undefined },
    { roomId: '!b:hs1', epoch: 2, after: undefined, receiptsAfter: 4, leftAt: 5 },
  ];
  assert.deepEqual(splitToken(joinToken('s1', owed)), { stream: 's1', owed });
  assert.equal(joinToken('s1', []), 's1');
});

test('a token that nobody was given is refused, or shows nothing of rooms of others', async () => {
  const { hearth, alice, bob, since } = await world();
  const secret = await bob.createRoom();
  await hearth.settle();
  const forge = (list: unknown): string => `${since}~${Buffer.from(JSON.stringify(list)).toString('base64url')}`;
  for (const list of [
    {},
    [1],
    [{ r: 1 }],
    [{ r: 'x' }],
    [{ r: secret, a: -1 }],
    [{ r: secret, a: 1.5 }],
    [{ r: secret, l: '1' }],
    [{ r: secret, e: 1e300 }],
    [{ r: secret, n: -1 }],
  ]) {
    const answer = await alice.call('GET', `${V3}/sync?since=${forge(list)}`);
    assert.deepEqual([answer.status, answer.body.errcode], [400, 'M_UNKNOWN'], JSON.stringify(list));
  }
  const answer = await patient(hearth, alice, {
    since: forge([
      { r: secret, l: 5 },
      { r: '!nowhere:hs1', l: 5, a: 9e15 },
    ]),
  });
  assert.equal(answer.rooms, undefined);
  assert.doesNotMatch(answer.next_batch, /~/);
});
