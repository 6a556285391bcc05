// The sections of a /sync answer by the letter. https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3sync
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hearth } from '../api/hearth.ts';
import { Client, roomPath, type SyncAnswer, type SyncEvent } from '../black-box/client.ts';

const V3 = '/_matrix/client/v3';
const UNSTABLE = { 'org.matrix.msc4222.use_state_after': 'true' };

async function world() {
  const hearth = new Hearth();
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const roomId = await alice.createRoom({ preset: 'public_chat', name: 'n' });
  const path = roomPath(roomId);
  const since = (await bob.sync()).next_batch;
  /** What Bob's client is told since `from`, once everything has settled. */
  const bobs = async (from: string | undefined, query: Readonly<Record<string, string>> = {}): Promise<SyncAnswer> => {
    await hearth.settle();
    return bob.sync({ ...(from === undefined ? {} : { since: from }), ...query });
  };
  const stranger = (act: string, body: object = {}) =>
    alice.ok('POST', `${path}/${act}`, { user_id: bob.userId, ...body });
  return { hearth, alice, bob, roomId, path, since, bobs, stranger };
}

const filtered = (filter: unknown): { filter: string } => ({ filter: JSON.stringify(filter) });
const keys = (events: readonly SyncEvent[] | undefined): string[] =>
  (events ?? []).map(({ type, state_key: key }) => (key === undefined ? type : `${type}/${key}`));
const after = (room: object | undefined, name = 'org.matrix.msc4222.state_after'): readonly SyncEvent[] | undefined =>
  (Reflect.get(room ?? {}, name) as { events: readonly SyncEvent[] } | undefined)?.events;

test('a room that is joined while syncing comes whole, and limited, so that an older piece of it is let go', async () => {
  const { bob, roomId, since, bobs } = await world();
  await bob.join(roomId);
  const { next_batch: next, rooms } = await bobs(since);
  const room = rooms?.join?.[roomId];
  assert.equal(room?.timeline?.limited, true);
  assert.ok([...keys(room.state?.events), ...keys(room.timeline.events)].includes('m.room.create/'));
  assert.equal((await bobs(undefined)).rooms?.join?.[roomId]?.timeline?.limited, false);
  await bob.ok('POST', `${roomPath(roomId)}/leave`, {});
  await bob.join(roomId);
  assert.equal((await bobs(next)).rooms?.join?.[roomId]?.timeline?.limited, true);
});

test('state_after is there in every joined and left room, be it empty, and state is not', async () => {
  const { alice, bob, roomId, path, bobs } = await world();
  await bob.join(roomId);
  let { next_batch: since } = await bobs(undefined);
  const steps: readonly (readonly [what: string, act: () => Promise<unknown>, section: 'join' | 'leave'])[] = [
    ['typing', () => alice.ok('PUT', `${path}/typing/${alice.userId}`, { typing: true, timeout: 9000 }), 'join'],
    ['data', () => bob.ok('PUT', `${V3}/user/${bob.userId}/rooms/${roomId}/account_data/m.x`, {}), 'join'],
    ['a message', () => alice.send(roomId, 'x'), 'join'],
    ['a leave', () => bob.ok('POST', `${path}/leave`, {}), 'leave'],
  ];
  for (const [what, act, section] of steps) {
    await act();
    const stable = (await bobs(since, { use_state_after: 'true' })).rooms?.[section]?.[roomId];
    const answer = await bobs(since, UNSTABLE);
    const room = answer.rooms?.[section]?.[roomId];
    for (const events of [after(room), after(stable, 'state_after')]) assert.ok(Array.isArray(events), what);
    for (const shown of [room, stable]) assert.ok(shown && !('state' in shown), what);
    assert.ok(!('state_after' in (room ?? {})) && after(stable) === undefined, what);
    since = answer.next_batch;
  }
});

test('state_after of a room that the reader is out of has the event that says so, whatever came before', async () => {
  const { alice, bob, roomId, path, bobs } = await world();
  const out = async (since: string): Promise<string[]> => {
    const events = after((await bobs(since, UNSTABLE)).rooms?.leave?.[roomId]) ?? [];
    const own = events.filter((event) => event.type === 'm.room.member' && event.state_key === bob.userId);
    return own.map((event) => String(event.content['membership']));
  };
  const moderate = (act: string) => alice.ok('POST', `${path}/${act}`, { user_id: bob.userId });
  const now = async (): Promise<string> => (await bobs(undefined)).next_batch;
  await moderate('invite');
  let since = await now();
  await moderate('kick');
  assert.deepEqual(await out(since), ['leave'], 'an invitation is taken back');
  await alice.ok('PUT', `${path}/state/m.room.join_rules`, { join_rule: 'knock' });
  await bob.ok('POST', `${V3}/knock/${encodeURIComponent(roomId)}`, {});
  since = await now();
  await moderate('kick');
  assert.deepEqual(await out(since), ['leave'], 'a knock is refused');
  await moderate('invite');
  await bob.join(roomId);
  since = await now();
  await moderate('kick');
  assert.deepEqual(await out(since), ['leave'], 'a member is removed');
  since = await now();
  await moderate('ban');
  assert.deepEqual(await out(since), ['ban'], 'and banned');
});

test('full_state tells the state of the end under state_after, and of the start otherwise, with the summary', async () => {
  const { alice, bob, roomId, path, bobs } = await world();
  await bob.join(roomId);
  const { next_batch: since } = await bobs(undefined);
  await alice.ok('PUT', `${path}/state/m.room.name`, { name: 'later' });
  const name = (events: readonly SyncEvent[] | undefined): unknown =>
    events?.find(({ type }) => type === 'm.room.name')?.content['name'];
  const before = (await bobs(since, { full_state: 'true' })).rooms?.join?.[roomId];
  assert.deepEqual([name(before?.state?.events), before?.summary?.['m.joined_member_count']], ['n', 2]);
  const end = (await bobs(since, { full_state: 'true', ...UNSTABLE })).rooms?.join?.[roomId];
  assert.equal(name(after(end)), 'later');
});

test('an invite shows what introduces the room: its creation, who invites, and the invite itself', async () => {
  const { alice, bob, roomId, since, bobs, stranger } = await world();
  await stranger('invite');
  const { rooms, next_batch: next } = await bobs(since);
  const shown = keys(rooms?.invite?.[roomId]?.invite_state?.events);
  for (const key of ['m.room.create/', 'm.room.name/', `m.room.member/${bob.userId}`, `m.room.member/${alice.userId}`])
    assert.ok(shown.includes(key), key);
  assert.equal(rooms?.join?.[roomId], undefined);
  assert.equal((await bobs(next)).rooms, undefined);
  await bob.join(roomId);
  assert.equal((await bobs(undefined)).rooms?.invite, undefined);
});

for (const [how, act] of [
  ['rejected', 'leave'],
  ['taken back', 'kick'],
] as const) {
  test(`an invite that is ${how} shows in leave, and nothing of the room with it`, async () => {
    const { alice, bob, bobs } = await world();
    const roomId = await alice.createRoom({ name: 'secret', invite: [bob.userId] });
    const { next_batch: since } = await bobs(undefined);
    if (act === 'leave') await bob.ok('POST', `${roomPath(roomId)}/leave`, {});
    else await alice.ok('POST', `${roomPath(roomId)}/kick`, { user_id: bob.userId });
    const { rooms } = await bobs(since);
    assert.deepEqual(keys(rooms?.leave?.[roomId]?.timeline?.events), [`m.room.member/${bob.userId}`]);
    assert.ok(!JSON.stringify(rooms).includes('secret'));
    assert.equal((await bobs(undefined)).rooms, undefined);
  });
}

for (const act of ['kick', 'ban']) {
  test(`a ${act} shows in leave with its event as the last, also without include_leave`, async () => {
    const { alice, bob, roomId, path, bobs, stranger } = await world();
    await bob.join(roomId);
    const { next_batch: since } = await bobs(undefined);
    await alice.send(roomId, 'before');
    await stranger(act, { reason: 'r' });
    await alice.send(roomId, 'after');
    await alice.ok('PUT', `${path}/state/m.room.name`, { name: 'after' });
    for (const query of [{}, UNSTABLE, { full_state: 'true' }]) {
      const room = (await bobs(since, query)).rooms?.leave?.[roomId];
      const [message, last] = room?.timeline?.events ?? [];
      assert.equal(message?.content['body'], 'before');
      assert.deepEqual(
        [last?.state_key, last?.content['reason'], last?.unsigned?.['membership']],
        [bob.userId, 'r', act === 'ban' ? 'ban' : 'leave'],
      );
      assert.ok(!JSON.stringify(room).includes('"after"'));
    }
  });
}

test('who joined and left between two polls finds the room in leave', async () => {
  const { bob, roomId, path, since, bobs } = await world();
  await bob.join(roomId);
  await bob.ok('POST', `${path}/leave`, {});
  const { rooms } = await bobs(since);
  assert.equal(rooms?.join, undefined);
  assert.equal(keys(rooms?.leave?.[roomId]?.timeline?.events).at(-1), `m.room.member/${bob.userId}`);
});

test("lazy loading tells one's own membership on joining, and that of who speaks, under either name", async () => {
  const { hearth, alice, bob, roomId, since, bobs } = await world();
  const carol = await Client.register(hearth, 'carol');
  await carol.join(roomId);
  await bob.join(roomId);
  await alice.send(roomId, 'x');
  const lazy = filtered({ room: { state: { lazy_load_members: true }, timeline: { limit: 1 } } });
  for (const query of [{}, UNSTABLE]) {
    const room = (await bobs(since, { ...lazy, ...query })).rooms?.join?.[roomId];
    const shown = keys('state' in (room ?? {}) ? room?.state?.events : after(room));
    for (const { userId } of [alice, bob]) assert.ok(shown.includes(`m.room.member/${userId}`), userId);
    // The heroes' too, for the name of a room that has none.
    const heroes = room?.summary?.['m.heroes'] as readonly string[];
    for (const hero of heroes) assert.ok(shown.includes(`m.room.member/${hero}`), hero);
  }
});

test('in a gap lazy loading tells every membership that changed', async () => {
  const { hearth, alice, bob, roomId, bobs } = await world();
  await bob.join(roomId);
  const { next_batch: since } = await bobs(undefined);
  const carol = await Client.register(hearth, 'carol');
  await carol.join(roomId);
  await alice.send(roomId, 'x');
  const lazy = filtered({ room: { state: { lazy_load_members: true }, timeline: { limit: 1 } } });
  const room = (await bobs(since, lazy)).rooms?.join?.[roomId];
  assert.equal(room?.timeline?.limited, true);
  assert.ok(keys(room.state?.events).includes(`m.room.member/${carol.userId}`));
});

test('the id of a transaction is told to the device that sent it alone', async () => {
  const { hearth, alice, bob, roomId, bobs } = await world();
  await bob.join(roomId);
  const tablet = await bob.login();
  await bob.send(roomId, 'x', 'mine');
  await hearth.settle();
  const own = async (who: Client) => (await who.sync()).rooms?.join?.[roomId]?.timeline?.events.at(-1)?.unsigned;
  assert.equal((await own(bob))?.['transaction_id'], 'mine');
  for (const other of [tablet, alice]) assert.ok(!('transaction_id' in ((await own(other)) ?? {})));
  assert.ok((await bobs(undefined)).rooms?.join?.[roomId]);
});

test('invites of ignored users are not shown until they are ignored no more', async () => {
  const { alice, bob, roomId, bobs, stranger } = await world();
  const ignore = (users: object) =>
    bob.ok('PUT', `${V3}/user/${bob.userId}/account_data/m.ignored_user_list`, { ignored_users: users });
  await ignore({ [alice.userId]: {} });
  const { next_batch: since } = await bobs(undefined);
  await stranger('invite');
  for (const from of [since, undefined]) assert.equal((await bobs(from)).rooms, undefined);
  await ignore({});
  assert.ok((await bobs(undefined)).rooms?.invite?.[roomId]);
});

test('what ignored users say is dropped at once when the list changes, their state is not', async () => {
  const { alice, bob, roomId, path, bobs } = await world();
  await bob.join(roomId);
  const { next_batch: since } = await bobs(undefined);
  await alice.send(roomId, 'noise');
  await alice.ok('PUT', `${path}/state/m.room.name`, { name: 'state' });
  const list = { ignored_users: { [alice.userId]: {} } };
  await bob.ok('PUT', `${V3}/user/${bob.userId}/account_data/m.ignored_user_list`, list);
  const timeline = (await bobs(since)).rooms?.join?.[roomId]?.timeline;
  assert.deepEqual(keys(timeline?.events), ['m.room.name/']);
});

test('counts of keys are in every answer, also where there are none', async () => {
  const { since, bobs } = await world();
  for (const answer of [await bobs(undefined), await bobs(since)]) {
    assert.deepEqual(answer.device_one_time_keys_count, {});
    assert.deepEqual(Reflect.get(answer, 'device_unused_fallback_key_types'), []);
  }
});

test('a timeline holds no more than the server allows, whatever the filter asks', async () => {
  const { alice, bob, roomId, bobs } = await world();
  await bob.join(roomId);
  const { next_batch: since } = await bobs(undefined);
  for (let n = 0; n < 120; n++) await alice.send(roomId, `${n}`);
  const room = (await bobs(since, filtered({ room: { timeline: { limit: 100_000 } } }))).rooms?.join?.[roomId];
  assert.deepEqual([room?.timeline?.events.length, room?.timeline?.limited], [100, true]);
  const none = (await bobs(since, filtered({ room: { timeline: { limit: 0 } } }))).rooms?.join?.[roomId];
  assert.deepEqual([none?.timeline?.events.length, none?.timeline?.limited], [0, true]);
});

test('filters of a wrong shape are refused in every part, and the parts that are allowed are taken', async () => {
  const { bob } = await world();
  const bad: readonly unknown[] = [
    { room: [] },
    { room: { timeline: { limit: '1' } } },
    { room: { timeline: { limit: 1.5 } } },
    { room: { state: { types: 'm.x' } } },
    { room: { ephemeral: { senders: ['bob'] } } },
    { room: { account_data: { rooms: ['room'] } } },
    { presence: { not_senders: [1] } },
    { account_data: { types: [null] } },
    { event_fields: 'content' },
    { event_format: 'xml' },
  ];
  for (const filter of bad) {
    for (const answer of [
      await bob.call('GET', `${V3}/sync?${new URLSearchParams(filtered(filter))}`),
      await bob.call('POST', `${V3}/user/${bob.userId}/filter`, filter),
    ])
      assert.equal(answer.status, 400, JSON.stringify(filter));
  }
  const all = { types: ['*'], not_types: ['m.y'], senders: [bob.userId], not_senders: [], limit: 5 };
  const rooms = { ...all, rooms: [], not_rooms: ['!x:hs1'], contains_url: false, unread_thread_notifications: true };
  const good = {
    event_fields: ['content.a\\.b', 'type'],
    event_format: 'client',
    presence: all,
    account_data: all,
    room: { include_leave: true, timeline: rooms, state: rooms, ephemeral: rooms, account_data: rooms },
  };
  await bob.sync(filtered(good));
});
