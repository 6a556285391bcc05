// What /sync has replaced. https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3initialsync
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, Client, roomPath, type SyncEvent } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected, JSON.stringify(body));
};

interface RoomInfo {
  readonly room_id: string;
  readonly membership: string;
  readonly invite?: SyncEvent;
  readonly messages?: { readonly start?: string; readonly end: string; readonly chunk: readonly SyncEvent[] };
  readonly state?: readonly SyncEvent[];
  readonly visibility?: string;
  readonly account_data?: readonly SyncEvent[];
}

async function world() {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const bob = await Client.register(hearth, 'bob');
  // The third user of a server lives in another group.
  const charlie = await Client.register(hearth, 'charlie');
  const roomId = await alice.createRoom({ preset: 'public_chat', visibility: 'public' });
  for (const one of [bob, charlie]) await one.join(roomId);
  await hearth.settle();
  return { hearth, alice, bob, charlie, roomId };
}

async function all(client: Client, query = ''): Promise<{ readonly end: string; readonly rooms: readonly RoomInfo[] }> {
  return (await client.ok('GET', `${V3}/initialSync${query}`)).body as never;
}

async function events(client: Client, from: string, timeout = 0) {
  const { body } = await client.ok('GET', `${V3}/events?timeout=${timeout}&from=${encodeURIComponent(from)}`);
  return body as unknown as { readonly start: string; readonly end: string; readonly chunk: readonly SyncEvent[] };
}

const said = (chunk: readonly SyncEvent[] = []): unknown[] =>
  chunk.flatMap(({ type, content }) => (type === 'm.room.message' ? [content['body']] : []));

test('everything at once: rooms with their newest messages, state, listing and data, and the user’s own data', async () => {
  const { hearth, alice, bob, roomId } = await world();
  for (const text of ['a', 'b', 'c']) await alice.send(roomId, text);
  const secret = await alice.createRoom({ is_direct: true });
  await alice.invite(secret, bob.userId);
  const left = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(left);
  await alice.send(left, 'before');
  await bob.ok('POST', `${roomPath(left)}/leave`);
  await alice.send(left, 'after');
  await bob.ok('PUT', `${V3}/user/${bob.userId}/rooms/${roomId}/tags/m.favourite`, {});
  await bob.ok('PUT', `${V3}/user/${bob.userId}/account_data/x.y`, { z: 1 });
  const { body } = await bob.ok('GET', `${V3}/initialSync?limit=2`);
  assert.deepEqual(body['presence'], []);
  assert.deepEqual((body['account_data'] as SyncEvent[]).map(({ type }) => type).sort(), ['m.push_rules', 'x.y']);
  const rooms = new Map((body['rooms'] as RoomInfo[]).map((room) => [room.room_id, room]));
  assert.deepEqual([...rooms.keys()].sort(), [roomId, secret].sort());
  const room = rooms.get(roomId)!;
  assert.deepEqual([room.membership, room.visibility, said(room.messages?.chunk)], ['join', 'public', ['b', 'c']]);
  assert.ok(room.state?.some(({ type }) => type === 'm.room.create'));
  assert.deepEqual(
    room.account_data?.map(({ type }) => type),
    ['m.tag'],
  );
  const earlier = await bob.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=1&from=${room.messages?.start}`);
  assert.deepEqual(said(earlier.body['chunk'] as SyncEvent[]), ['a']);
  const invite = rooms.get(secret)!;
  assert.deepEqual([invite.membership, invite.messages, invite.state], ['invite', undefined, undefined]);
  assert.deepEqual([invite.invite?.sender, invite.invite?.state_key], [alice.userId, bob.userId]);
  const archived = (await all(bob, '?archived=true')).rooms.find(({ room_id: id }) => id === left);
  assert.deepEqual([archived?.membership, said(archived?.messages?.chunk)], ['leave', ['before']]);
  assert.deepEqual(hearth.errors, []);
});

test('a rejected invite is archived without what is in the room', async () => {
  const { alice, bob } = await world();
  const secret = await alice.createRoom();
  await alice.send(secret, 'hidden');
  await alice.invite(secret, bob.userId);
  await bob.ok('POST', `${roomPath(secret)}/leave`);
  const { rooms } = await all(bob, '?archived=true');
  assert.deepEqual(
    rooms.filter(({ room_id: id }) => id === secret),
    [{ room_id: secret, membership: 'leave', account_data: [] }],
  );
  refused(await bob.call('GET', `${V3}/initialSync?limit=x`), 400, 'M_INVALID_PARAM');
  refused(await bob.call('GET', `${V3}/initialSync?archived=1`), 400, 'M_INVALID_PARAM');
});

test('the events of all rooms follow, each once and in its room’s order, and are waited for', async () => {
  const { hearth, alice, bob, charlie, roomId } = await world();
  const other = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(other);
  const { end } = await all(bob);
  assert.deepEqual((await events(bob, end)).chunk, []);
  for (const text of ['a', 'b']) await alice.send(roomId, text);
  await charlie.send(roomId, 'c');
  await alice.send(other, 'd');
  await hearth.settle();
  const first = await events(bob, end);
  assert.equal(first.start, end);
  assert.deepEqual(said(first.chunk).sort(), ['a', 'b', 'c', 'd']);
  assert.deepEqual(said(first.chunk.filter((event) => (event as { room_id?: string }).room_id === roomId)), [
    'a',
    'b',
    'c',
  ]);
  // The same question has the same answer.
  assert.deepEqual((await events(bob, end)).chunk.length, first.chunk.length);
  const waiting = events(bob, first.end, 20_000);
  await hearth.sleep(1000);
  // That is no event.
  await alice.ok('PUT', `${roomPath(roomId)}/typing/${alice.userId}`, { typing: true, timeout: 30_000 });
  await hearth.sleep(1000);
  await alice.send(roomId, 'e');
  await hearth.settle();
  assert.deepEqual(said((await waiting).chunk), ['e']);
  const idle = events(bob, (await waiting).end, 5000);
  await hearth.sleep(6000);
  assert.deepEqual((await idle).chunk, []);
  refused(await bob.call('GET', `${V3}/events?from=x&timeout=0`), 400, 'M_UNKNOWN');
  refused(await bob.call('GET', `${V3}/events?timeout=x`), 400, 'M_INVALID_PARAM');
  assert.deepEqual(hearth.errors, []);
});

test('invites, joins and leaves come as events, and what came after a leave does not', async () => {
  const { hearth, alice, bob } = await world();
  const room = await alice.createRoom();
  await alice.send(room, 'before');
  let { end } = await all(bob);
  const next = async () => {
    await hearth.settle();
    const answer = await events(bob, end);
    ({ end } = answer);
    return answer.chunk;
  };
  const memberships = (chunk: readonly SyncEvent[]): unknown[] =>
    chunk.filter(({ state_key: key }) => key === bob.userId).map(({ content }) => content['membership']);
  await alice.invite(room, bob.userId);
  assert.deepEqual(memberships(await next()), ['invite']);
  await bob.join(room);
  assert.deepEqual(memberships(await next()), ['join']);
  await alice.send(room, 'in');
  await bob.ok('POST', `${roomPath(room)}/leave`);
  await alice.send(room, 'after');
  const last = await next();
  assert.deepEqual([memberships(last), said(last)], [['leave'], ['in']]);
  assert.deepEqual(await next(), []);
});

test('more events than one answer holds come with the next ones, each once', async () => {
  const { alice, bob, roomId } = await world();
  const { end } = await all(bob);
  const texts = Array.from({ length: 250 }, (_, n) => String(n));
  for (const text of texts) await alice.send(roomId, text);
  const got: unknown[] = [];
  let answers = 0;
  for (let from = end; ; answers++) {
    const answer = await events(bob, from, 30_000 * Number(got.length < 250));
    if (answer.chunk.length === 0) break;
    got.push(...said(answer.chunk));
    from = answer.end;
  }
  assert.deepEqual(got, texts);
  assert.equal(answers, 3);
});

test('a wait ends with its session', async () => {
  const { hearth, alice, bob, roomId } = await world();
  const { end } = await all(bob);
  const phone = await bob.login();
  const waiting = phone.call('GET', `${V3}/events?timeout=30000&from=${end}`);
  await hearth.settle();
  await phone.ok('POST', `${V3}/logout`);
  await alice.send(roomId, 'later');
  await hearth.settle();
  refused(await waiting, 401, 'M_UNKNOWN_TOKEN');
});

test('to-device messages stay for who asks for them', async () => {
  const { hearth, alice, bob, roomId } = await world();
  const { end } = await all(bob);
  const messages = { [bob.userId]: { [bob.deviceId]: { secret: 1 } } };
  await alice.ok('PUT', `${V3}/sendToDevice/x.y/1`, { messages });
  await alice.send(roomId, 'a');
  await hearth.settle();
  const first = await events(bob, end);
  const second = await events(bob, first.end);
  assert.deepEqual([said(first.chunk), said(second.chunk)], [['a'], []]);
  for (const since of [end, second.end]) assert.equal((await bob.sync({ since })).to_device?.events.length, 1);
});

test('an event is found by its id alone, in rooms that its reader may see it in', async () => {
  const { hearth, alice, bob, charlie, roomId } = await world();
  const secret = await alice.createRoom();
  const one = (client: Client, eventId: string) => client.call('GET', `${V3}/events/${encodeURIComponent(eventId)}`);
  const eventId = await alice.send(roomId, 'here');
  const hidden = await alice.send(secret, 'hidden');
  for (const client of [alice, bob, charlie]) {
    const { status, body } = await one(client, eventId);
    assert.deepEqual([status, body['event_id'], body['room_id']], [200, eventId, roomId]);
  }
  assert.equal((await one(alice, hidden)).status, 200);
  for (const id of [hidden, '$nothing', 'x']) refused(await one(bob, id), 404, 'M_NOT_FOUND');
  await bob.ok('POST', `${roomPath(roomId)}/leave`);
  const later = await alice.send(roomId, 'later');
  await hearth.settle();
  assert.equal((await one(bob, eventId)).status, 200);
  refused(await one(bob, later), 404, 'M_NOT_FOUND');
  await bob.ok('POST', `${roomPath(roomId)}/forget`);
  refused(await one(bob, eventId), 404, 'M_NOT_FOUND');
});
