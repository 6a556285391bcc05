// Memberships, state, redactions, pagination, receipts and typing.
// https://spec.matrix.org/v1.19/client-server-api/#rooms
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected, JSON.stringify(body));
};

async function world(room: object = {}) {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const bob = await Client.register(hearth, 'bob');
  const roomId = await alice.createRoom(room);
  return { hearth, alice, bob, roomId, path: roomPath(roomId) };
}

test('memberships that cannot be are refused', async () => {
  const { alice, bob, path, hearth } = await world();
  const to = (client: Client, name: string, body: unknown = {}) => client.call('POST', `${path}/${name}`, body);
  refused(await to(bob, 'join'), 403, 'M_FORBIDDEN');
  refused(await to(bob, 'invite', { user_id: bob.userId }), 403, 'M_FORBIDDEN');
  refused(await to(bob, 'knock'), 404, 'M_UNRECOGNIZED');
  refused(
    await bob.call('POST', `${V3}/knock/${encodeURIComponent(decodeURIComponent(path.split('/').at(-1)!))}`, {}),
    403,
    'M_FORBIDDEN',
  );
  refused(await to(alice, 'invite', {}), 400, 'M_MISSING_PARAM');
  refused(await to(alice, 'invite', { user_id: 'bob' }), 400, 'M_INVALID_PARAM');
  refused(await to(alice, 'invite', { user_id: 1 }), 400, 'M_BAD_JSON');
  refused(await to(alice, 'invite', { user_id: '@nobody:hs1' }), 404, 'M_NOT_FOUND');
  refused(await to(alice, 'invite', { user_id: alice.userId }), 403, 'M_FORBIDDEN');
  refused(await to(alice, 'kick', { user_id: bob.userId }), 403, 'M_FORBIDDEN');
  refused(await to(alice, 'unban', { user_id: bob.userId }), 403, 'M_FORBIDDEN');
  await alice.ok('POST', `${path}/ban`, { user_id: bob.userId, reason: 'spam' });
  refused(await to(bob, 'join'), 403, 'M_FORBIDDEN');
  refused(await to(alice, 'invite', { user_id: bob.userId }), 403, 'M_FORBIDDEN');
  await alice.ok('POST', `${path}/unban`, { user_id: bob.userId });
  for (const room of ['!nowhere:hs1', '!nowhere'])
    refused(await bob.call('POST', `${roomPath(room)}/join`, {}), 404, 'M_NOT_FOUND');
  refused(await bob.call('POST', `${roomPath('nowhere')}/join`, {}), 400, 'M_INVALID_PARAM');
  refused(await bob.call('POST', `${V3}/join/${encodeURIComponent('#x:hs1')}`, {}), 404, 'M_NOT_FOUND');
  assert.deepEqual(hearth.errors, []);
});

test('nothing of a room that one is not in, or that there is not, is shown', async () => {
  const { hearth, bob, path } = await world();
  // What is longer than an id can be is refused as such.
  assert.equal((await bob.call('GET', `${roomPath('x'.repeat(3000))}/state`)).status, 400);
  for (const room of [path, roomPath('!nowhere:hs1'), roomPath('nonsense')]) {
    for (const what of [
      'state',
      'state/m.room.name',
      'members',
      'joined_members',
      'messages?dir=b',
      'event/$x',
      'event/nonsense',
    ]) {
      const answer = await bob.call('GET', `${room}/${what}`);
      assert.ok(answer.status === 403 || answer.status === 404, `${what}: ${answer.status}`);
    }
    for (const [method, what, body] of [
      ['PUT', 'send/m.x/1', {}],
      ['PUT', 'state/m.x', {}],
      ['PUT', 'redact/$x/1', {}],
      ['PUT', 'typing/@bob:hs1', { typing: true }],
      ['POST', 'receipt/m.read/$x', {}],
      ['POST', 'receipt/m.fully_read/$x', {}],
      ['POST', 'leave', {}],
      ['PUT', 'send/m.room.redaction/1', { redacts: '$x' }],
    ] as const) {
      const answer = await bob.call(method, `${room}/${what}`, body);
      assert.ok(answer.status >= 400 && answer.status < 500, `${what}: ${answer.status}`);
    }
  }
  assert.deepEqual(hearth.errors, []);
});

test('a state event is read as content or whole, its key with a slash or without', async () => {
  const { alice, path } = await world({ name: 'n' });
  for (const spelling of ['m.room.name', 'm.room.name/']) {
    assert.deepEqual((await alice.ok('GET', `${path}/state/${spelling}`)).body, { name: 'n' });
    const { body } = await alice.ok('GET', `${path}/state/${spelling}?format=event`);
    assert.deepEqual(
      [body['type'], body['state_key'], body['content'], body['sender']],
      ['m.room.name', '', { name: 'n' }, alice.userId],
    );
    await alice.ok('PUT', `${path}/state/${spelling}`, { name: 'n' });
  }
  refused(await alice.call('GET', `${path}/state/m.room.none`), 404, 'M_NOT_FOUND');
  await alice.ok('PUT', `${path}/state/com.example/a%2Fb`, '{"__proto__":1}');
  assert.deepEqual(Object.entries((await alice.ok('GET', `${path}/state/com.example/a%2Fb`)).body), [['__proto__', 1]]);
  refused(await alice.call('PUT', `${path}/state/m.room.create`, {}), 400, 'M_BAD_JSON');
  refused(await alice.call('PUT', `${path}/state/com.example`, { x: 1.5 }), 400, 'M_BAD_JSON');
});

test('an event is redacted by either path, each transaction once', async () => {
  const { alice, path, roomId } = await world();
  for (const version of ['by its own path', 'as an event']) {
    const target = await alice.send(roomId, version);
    const id = encodeURIComponent(target);
    const redact = () =>
      version === 'as an event'
        ? alice.ok('PUT', `${path}/send/m.room.redaction/t1`, { redacts: target, reason: 'r' })
        : alice.ok('PUT', `${path}/redact/${id}/t1`, { reason: 'r' });
    const [first, again] = [await redact(), await redact()];
    assert.equal(first.body['event_id'], again.body['event_id']);
    const { body } = await alice.ok('GET', `${path}/event/${id}`);
    assert.deepEqual(body['content'], {});
    assert.equal(
      (body['unsigned'] as { redacted_because: { event_id: string } }).redacted_because.event_id,
      first.body['event_id'],
    );
  }
  refused(await alice.call('PUT', `${path}/send/m.room.redaction/t9`, {}), 400, 'M_MISSING_PARAM');
  refused(await alice.call('PUT', `${path}/redact/$none/t9`, {}), 404, 'M_NOT_FOUND');
});

test('messages are paged by tokens of their own and of /sync; others are refused', async () => {
  const { hearth, alice, roomId, path } = await world();
  await hearth.settle();
  const since = (await alice.sync()).next_batch;
  for (const text of ['a', 'b', 'c']) await alice.send(roomId, text);
  const texts = ({ body }: Answer) =>
    (body['chunk'] as { content: { body: string } }[]).map(({ content }) => content.body);
  assert.deepEqual(texts(await alice.ok('GET', `${path}/messages?dir=f&from=${since}`)), ['a', 'b', 'c']);
  const first = await alice.ok('GET', `${path}/messages?dir=b&limit=2`);
  assert.deepEqual(texts(first), ['c', 'b']);
  const next = await alice.ok('GET', `${path}/messages?dir=b&limit=1&from=${String(first.body['end'])}`);
  assert.deepEqual(texts(next), ['a']);
  assert.deepEqual(texts(await alice.ok('GET', `${path}/messages?dir=b&to=${since}`)), ['c', 'b', 'a']);
  for (const query of [
    'dir=x',
    '',
    'dir=b&limit=x',
    'dir=b&limit=-1',
    'dir=b&limit=1e9999',
    'dir=b&filter=%7B',
    'dir=b&filter=[]',
  ])
    refused(await alice.call('GET', `${path}/messages?${query}`), 400, 'M_INVALID_PARAM');
  for (const bad of [
    'garbage',
    'p-1',
    'p1.5',
    'pp',
    'p99999999999999999999',
    's1_x',
    's',
    `${since}~x`,
    's1_9_1_1_1_1_1',
  ]) {
    const answer = await alice.call('GET', `${path}/messages?dir=b&from=${bad}`);
    assert.equal(answer.status, 400, bad);
  }
  assert.deepEqual(texts(await alice.ok('GET', `${path}/messages?dir=f&from=p999999999999999`)), []);
  assert.deepEqual(hearth.errors, []);
});

test('the types of receipts', async () => {
  const { hearth, alice, roomId, path } = await world();
  const id = encodeURIComponent(await alice.send(roomId, 'x'));
  for (const type of ['m.read', 'm.read.private', 'm.fully_read'])
    await alice.ok('POST', `${path}/receipt/${type}/${id}`);
  await alice.ok('POST', `${path}/receipt/m.read/${id}`, { thread_id: 'main' });
  refused(await alice.call('POST', `${path}/receipt/m.other/${id}`, {}), 400, 'M_INVALID_PARAM');
  refused(await alice.call('POST', `${path}/receipt/m.read/${id}`, { thread_id: '' }), 400, 'M_INVALID_PARAM');
  refused(await alice.call('POST', `${path}/receipt/m.read/${id}`, { thread_id: 1 }), 400, 'M_INVALID_PARAM');
  refused(
    await alice.call('POST', `${path}/receipt/m.fully_read/${id}`, { thread_id: 'main' }),
    400,
    'M_INVALID_PARAM',
  );
  const data = await alice.ok(
    'GET',
    `${V3}/user/${alice.userId}/rooms/${encodeURIComponent(roomId)}/account_data/m.fully_read`,
  );
  assert.equal(data.body['event_id'], decodeURIComponent(id));
  await alice.ok('POST', `${path}/read_markers`, {
    'm.fully_read': decodeURIComponent(id),
    'm.read': decodeURIComponent(id),
  });
  refused(await alice.call('POST', `${path}/read_markers`, { 'm.read': 1 }), 400, 'M_BAD_JSON');
  assert.deepEqual(hearth.errors, []);
});

test('typing takes any whole number of milliseconds', async () => {
  const { hearth, alice, path } = await world();
  for (const timeout of [0, -1, 1e15, 1e300, undefined])
    await alice.ok('PUT', `${path}/typing/${alice.userId}`, { typing: true, timeout });
  await alice.ok('PUT', `${path}/typing/${alice.userId}`, { typing: false });
  refused(await alice.call('PUT', `${path}/typing/${alice.userId}`, { typing: true, timeout: 1.5 }), 400, 'M_BAD_JSON');
  refused(await alice.call('PUT', `${path}/typing/${alice.userId}`, {}), 400, 'M_MISSING_PARAM');
  assert.deepEqual(hearth.errors, []);
});

test('members by membership, and at a token', async () => {
  const { hearth, alice, bob, path } = await world({ preset: 'public_chat' });
  await hearth.settle();
  const at = (await alice.sync()).next_batch;
  await bob.ok('POST', `${path}/join`);
  const members = async (query: string) =>
    ((await alice.ok('GET', `${path}/members?${query}`)).body['chunk'] as { state_key: string }[])
      .map((event) => event.state_key)
      .sort();
  assert.deepEqual(await members(''), [alice.userId, bob.userId]);
  assert.deepEqual(await members(`at=${at}`), [alice.userId]);
  assert.deepEqual(await members('membership=leave'), []);
  assert.deepEqual(await members('not_membership=join'), []);
  refused(await alice.call('GET', `${path}/members?membership=nonsense`), 400, 'M_INVALID_PARAM');
  refused(await alice.call('GET', `${path}/members?not_membership=nonsense`), 400, 'M_INVALID_PARAM');
  assert.deepEqual((await alice.ok('GET', `${path}/joined_members`)).body['joined'], {
    [alice.userId]: { display_name: 'alice', avatar_url: null },
    [bob.userId]: { display_name: 'bob', avatar_url: null },
  });
});
