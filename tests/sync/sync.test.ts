// https://spec.matrix.org/v1.19/client-server-api/#syncing
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hearth } from '../api/hearth.ts';
import { Client, roomPath, type SyncAnswer, type SyncRoom } from '../black-box/client.ts';

const V3 = '/_matrix/client/v3';

async function world() {
  const hearth = new Hearth();
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(roomId);
  await hearth.settle();
  return { hearth, alice, bob, roomId, path: roomPath(roomId), since: (await alice.sync()).next_batch };
}

const filtered = (filter: unknown): { filter: string } => ({ filter: JSON.stringify(filter) });
const joined = (answer: SyncAnswer): string[] => Object.keys(answer.rooms?.join ?? {});
const texts = (room: SyncRoom | undefined): unknown[] =>
  (room?.timeline?.events ?? []).flatMap(({ content }) => content['body'] ?? []);
const typesOf = (events: readonly { readonly type: string }[] | undefined): string[] =>
  (events ?? []).map(({ type }) => type);

test('a token that is not one of ours is refused', async () => {
  const { hearth, alice, since } = await world();
  const future = since.replace(/_(\d+)_(\d+)_(\d+)_(\d+)$/, '_999999999_$2_$3_$4');
  for (const bad of [
    'garbage',
    's1_',
    `${since}x`,
    `${since}~`,
    `${since}~[]`,
    'p1',
    future,
    '~',
    since.replace('s1_1', 's1_2'),
  ]) {
    const { status, body } = await alice.call('GET', `${V3}/sync?since=${encodeURIComponent(bad)}`);
    assert.deepEqual([status, body.errcode], [400, 'M_UNKNOWN'], bad);
  }
  assert.deepEqual(hearth.errors, []);
});

test('parameters of a wrong shape are refused', async () => {
  const { alice } = await world();
  for (const query of ['timeout=x', 'timeout=-1', 'full_state=yes', 'use_state_after=1', 'set_presence=busy']) {
    const { status, body } = await alice.call('GET', `${V3}/sync?${query}`);
    assert.deepEqual([status, body.errcode], [400, 'M_INVALID_PARAM'], query);
  }
});

test('nothing new is answered when the time is over, and at once without a time', async () => {
  const { hearth, alice, since } = await world();
  const now = await alice.sync({ since });
  assert.deepEqual([now.rooms, now.account_data, now.to_device], [undefined, undefined, undefined]);
  let answered = false;
  const answer = alice.sync({ since, timeout: '10000' }).finally(() => {
    answered = true;
  });
  await hearth.sleep(9000);
  assert.equal(answered, false);
  await hearth.sleep(2000);
  const { rooms, next_batch: next } = await answer;
  assert.deepEqual([rooms, next], [undefined, since]);
  assert.equal(hearth.bell.listeners, 0);
});

test('no wait is longer than the server allows', async () => {
  const { hearth, alice, since } = await world();
  const answer = alice.sync({ since, timeout: '999999999' });
  await hearth.sleep(30_001);
  assert.equal((await answer).next_batch, since);
});

const NEWS: readonly (readonly [
  name: string,
  happen: (bob: Client, alice: Client, roomId: string) => Promise<unknown>,
  shown: (answer: SyncAnswer, roomId: string) => unknown,
])[] = [
  [
    'a message',
    (bob, _, roomId) => bob.send(roomId, 'hello'),
    (answer, roomId) => texts(answer.rooms?.join?.[roomId]).includes('hello'),
  ],
  [
    'a to-device message',
    (bob, alice) => bob.ok('PUT', `${V3}/sendToDevice/m.x/1`, { messages: { [alice.userId]: { '*': { a: 1 } } } }),
    (answer) => answer.to_device?.events[0]?.type === 'm.x',
  ],
  [
    'typing',
    (bob, _, roomId) => bob.ok('PUT', `${roomPath(roomId)}/typing/${bob.userId}`, { typing: true }),
    (answer, roomId) => typesOf(answer.rooms?.join?.[roomId]?.ephemeral?.events).includes('m.typing'),
  ],
  [
    'account data',
    (_, alice) => alice.ok('PUT', `${V3}/user/${alice.userId}/account_data/m.x`, {}),
    (answer) => typesOf(answer.account_data?.events).includes('m.x'),
  ],
  [
    'account data of a room',
    (_, alice, roomId) =>
      alice.ok('PUT', `${V3}/user/${alice.userId}/rooms/${encodeURIComponent(roomId)}/account_data/m.tag`, {}),
    (answer, roomId) => typesOf(answer.rooms?.join?.[roomId]?.account_data?.events).includes('m.tag'),
  ],
  [
    'an invite',
    (bob, alice) => bob.createRoom({ invite: [alice.userId] }),
    (answer) => Object.keys(answer.rooms?.invite ?? {}).length === 1,
  ],
];
for (const [name, happen, shown] of NEWS) {
  test(`${name} wakes who waits`, async () => {
    const { hearth, alice, bob, roomId, since } = await world();
    let answer: SyncAnswer | undefined;
    void alice.sync({ since, timeout: '30000' }).then((given) => {
      answer = given;
    });
    await hearth.sleep(100);
    assert.equal(answer, undefined);
    await happen(bob, alice, roomId);
    await hearth.sleep(100);
    assert.ok(answer && shown(answer, roomId), JSON.stringify(answer));
    assert.equal(hearth.bell.listeners, 0);
  });
}

test('a receipt wakes who waits; of a private one nobody else hears at all', async () => {
  const { hearth, alice, bob, roomId, path } = await world();
  const id = encodeURIComponent(await alice.send(roomId, 'x'));
  await hearth.settle();
  const { next_batch: since } = await alice.sync();
  const next = alice.sync({ since, timeout: '30000' });
  let woken = false;
  void next.then(() => (woken = true));
  await hearth.sleep(100);
  await bob.ok('POST', `${path}/receipt/m.read.private/${id}`);
  // Receipts are told at most once a second.
  await hearth.sleep(2000);
  assert.equal(woken, false);
  await bob.ok('POST', `${path}/receipt/m.read/${id}`);
  await hearth.sleep(2000);
  const [event] = (await next).rooms?.join?.[roomId]?.ephemeral?.events ?? [];
  assert.deepEqual([event?.type, Object.keys(event?.content[decodeURIComponent(id)] ?? {})], ['m.receipt', ['m.read']]);
});

test('a limited timeline and the pages before it make a whole', async () => {
  const { hearth, alice, bob, roomId, path, since } = await world();
  for (let n = 0; n < 15; n++) await bob.send(roomId, `${n}`);
  await hearth.settle();
  const room = (await alice.sync({ since, ...filtered({ room: { timeline: { limit: 4 } } }) })).rooms?.join?.[roomId];
  assert.equal(room?.timeline?.limited, true);
  assert.deepEqual(texts(room), ['11', '12', '13', '14']);
  const before: unknown[] = [];
  let from = String(room?.timeline?.prev_batch);
  for (let pages = 0; from !== '' && pages < 20; pages++) {
    const { body } = await alice.ok('GET', `${path}/messages?dir=b&limit=3&from=${from}&to=${since}`);
    before.push(...(body['chunk'] as { content: { body: unknown } }[]).map(({ content }) => content.body));
    from = String(body['end'] ?? '');
  }
  assert.deepEqual(before, ['10', '9', '8', '7', '6', '5', '4', '3', '2', '1', '0']);
});

test('a filter may be given by its id', async () => {
  const { alice, roomId } = await world();
  const { body } = await alice.ok('POST', `${V3}/user/${alice.userId}/filter`, { room: { not_rooms: [roomId] } });
  assert.deepEqual(joined(await alice.sync({ filter: String(body['filter_id']) })), []);
});

test('rooms are let in by rooms and kept out by not_rooms, which wins', async () => {
  const { hearth, alice, roomId } = await world();
  const other = await alice.createRoom();
  await hearth.settle();
  const asked = async (room: unknown) => joined(await alice.sync(filtered({ room }))).sort();
  assert.deepEqual(await asked({}), [roomId, other].sort());
  assert.deepEqual(await asked({ rooms: [other] }), [other]);
  assert.deepEqual(await asked({ rooms: [] }), []);
  assert.deepEqual(await asked({ not_rooms: [other] }), [roomId]);
  assert.deepEqual(await asked({ rooms: [other], not_rooms: [other] }), []);
});

test('account data and ephemeral events are filtered by type', async () => {
  const { hearth, alice, bob, roomId, path, since } = await world();
  for (const type of ['m.a', 'm.b', 'org.c'])
    await alice.ok('PUT', `${V3}/user/${alice.userId}/account_data/${type}`, {});
  for (const type of ['m.a', 'm.b'])
    await alice.ok('PUT', `${V3}/user/${alice.userId}/rooms/${encodeURIComponent(roomId)}/account_data/${type}`, {});
  await bob.ok('PUT', `${path}/typing/${bob.userId}`, { typing: true });
  await hearth.settle();
  const answer = await alice.sync({
    since,
    ...filtered({
      account_data: { types: ['m.*'], not_types: ['m.b'] },
      room: { account_data: { types: ['*.b'] }, ephemeral: { not_types: ['m.typing'] } },
    }),
  });
  assert.deepEqual(typesOf(answer.account_data?.events), ['m.a']);
  assert.deepEqual(typesOf(answer.rooms?.join?.[roomId]?.account_data?.events), ['m.b']);
  assert.equal(answer.rooms?.join?.[roomId]?.ephemeral, undefined);
});

test('rooms that were left are shown when it happens, and later if asked for', async () => {
  const { hearth, alice, roomId, path, since } = await world();
  await alice.ok('POST', `${path}/leave`);
  await hearth.settle();
  const left = await alice.sync({ since });
  assert.ok(left.rooms?.leave?.[roomId]);
  assert.equal((await alice.sync({ since: left.next_batch })).rooms, undefined);
  assert.equal((await alice.sync()).rooms, undefined);
  assert.ok((await alice.sync(filtered({ room: { include_leave: true } }))).rooms?.leave?.[roomId]);
});

test('the state after the timeline comes under the name that was asked for', async () => {
  const { hearth, alice, roomId, path, since } = await world();
  await alice.ok('PUT', `${path}/state/m.room.name`, { name: 'n' });
  await hearth.settle();
  for (const [query, name] of [
    ['use_state_after', 'state_after'],
    ['org.matrix.msc4222.use_state_after', 'org.matrix.msc4222.state_after'],
  ] as const) {
    const room = (await alice.sync({ since, [query]: 'true' })).rooms?.join?.[roomId];
    assert.ok(room && !('state' in room));
    const after: unknown = Reflect.get(room, name);
    assert.match(JSON.stringify(after), /"type":"m.room.name"/);
  }
  const before = (await alice.sync({ since })).rooms?.join?.[roomId];
  assert.deepEqual([typesOf(before?.state?.events), typesOf(before?.timeline?.events)], [[], ['m.room.name']]);
});

test('full_state shows every joined room with all of its state, and does not wait', async () => {
  const { alice, roomId, since } = await world();
  const room = (await alice.sync({ since, full_state: 'true', timeout: '30000' })).rooms?.join?.[roomId];
  const types = typesOf(room?.state?.events);
  for (const type of ['m.room.create', 'm.room.power_levels', 'm.room.join_rules', 'm.room.member'])
    assert.ok(types.includes(type), type);
});

test('event_fields and the federation format are kept to', async () => {
  const { hearth, alice, bob, roomId, since } = await world();
  await bob.send(roomId, 'hello');
  await hearth.settle();
  const few = (await alice.sync({ since, ...filtered({ event_fields: ['content.body'] }) })).rooms?.join?.[roomId];
  assert.deepEqual(few?.timeline?.events, [{ content: { body: 'hello' } }]);
  const whole = (await alice.sync({ since, ...filtered({ event_format: 'federation' }) })).rooms?.join?.[roomId];
  assert.ok('auth_events' in (whole?.timeline?.events[0] ?? {}));
});

test('names that every object has survive on their way', async () => {
  const { hearth, alice, bob, path, roomId, since } = await world();
  await bob.ok('PUT', `${path}/send/com.example/1`, '{"__proto__":{"x":1},"constructor":2}');
  await bob.ok('PUT', `${V3}/sendToDevice/m.x/1`, `{"messages":{"${alice.userId}":{"*":{"__proto__":3}}}}`);
  await hearth.settle();
  const answer = await alice.sync({ since });
  assert.deepEqual(Object.entries(answer.rooms?.join?.[roomId]?.timeline?.events[0]?.content ?? {}), [
    ['__proto__', { x: 1 }],
    ['constructor', 2],
  ]);
  assert.deepEqual(Object.entries(answer.to_device?.events[0]?.content ?? {}), [['__proto__', 3]]);
});
