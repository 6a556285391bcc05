// Clients of two servers in one room: they join, are invited, knock, talk, leave, are kicked and banned.
// https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '../black-box/client.ts';
import { FederationWorld, someone } from './world.ts';

const V3 = '/_matrix/client/v3';

async function twoServers(): Promise<{ world: FederationWorld; alice: Client; hana: Client; bob: Client }> {
  const world = new FederationWorld();
  const [hs1, hs2] = [world.hearth('hs1.test'), world.hearth('hon.test')];
  return {
    world,
    alice: await someone(hs1, 'alice'),
    bob: await someone(hs1, 'bob'),
    hana: await someone(hs2, 'hana'),
  };
}

async function aRoom(by: Client, more: Record<string, unknown> = {}): Promise<string> {
  const { body } = await by.ok('POST', `${V3}/createRoom`, { preset: 'public_chat', ...more });
  return String(body['room_id']);
}

const path = (roomId: string, rest: string): string => `${V3}/rooms/${encodeURIComponent(roomId)}/${rest}`;

async function join(client: Client, roomId: string, via = 'hs1.test'): Promise<void> {
  await client.ok('POST', `${V3}/join/${encodeURIComponent(roomId)}?via=${via}`, {});
}

let sent = 0;
async function send(client: Client, roomId: string, text: string): Promise<string> {
  const { body } = await client.ok('PUT', path(roomId, `send/m.room.message/t${sent++}`), {
    msgtype: 'm.text',
    body: text,
  });
  return String(body['event_id']);
}

async function said(client: Client, roomId: string): Promise<string[]> {
  const { body } = await client.ok('GET', path(roomId, 'messages?dir=b&limit=100'));
  const chunk = body['chunk'] as { content: { body?: string } }[];
  return chunk.flatMap(({ content }) => content.body ?? []).toReversed();
}

/** Who is in the room as a server sees it. */
async function members(client: Client, roomId: string): Promise<Record<string, string>> {
  const { body } = await client.ok('GET', path(roomId, 'members'));
  const chunk = body['chunk'] as { state_key: string; content: { membership: string } }[];
  return Object.fromEntries(chunk.map(({ state_key: user, content }) => [user, content.membership]).toSorted());
}

async function quiet(world: FederationWorld): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await world.sleep(500);
}

for (const version of ['10', '11', '12'])
  test(`v${version}: who joins through another server talks with those there, and both see the same room`, async () => {
    const { world, alice, hana } = await twoServers();
    const roomId = await aRoom(alice, { room_version: version, name: 'one room' });
    await send(alice, roomId, 'before');
    await join(hana, roomId);
    await send(hana, roomId, 'from there');
    await send(alice, roomId, 'from here');
    await quiet(world);
    assert.deepEqual(new Set((await said(alice, roomId)).slice(-2)), new Set(['from there', 'from here']));
    assert.deepEqual(new Set((await said(hana, roomId)).slice(-2)), new Set(['from there', 'from here']));
    assert.deepEqual(await members(alice, roomId), await members(hana, roomId));
    const { body } = await hana.ok('GET', path(roomId, 'state/m.room.name'));
    assert.equal(body['name'], 'one room');
  });

test('a second user of the same server joins without asking anybody', async () => {
  const { world, alice, hana, bob } = await twoServers();
  const roomId = await aRoom(hana);
  await join(alice, roomId, 'hon.test');
  const asked = world.sent.length;
  await join(bob, roomId, 'hon.test');
  assert.ok(!world.sent.slice(asked).some(({ target }) => target.includes('make_join')));
  await quiet(world);
  assert.equal((await members(hana, roomId))[bob.userId], 'join');
});

test('who is invited from another server sees it in /sync, joins, and is in the room', async () => {
  const { world, alice, hana } = await twoServers();
  const roomId = await aRoom(alice, { preset: 'private_chat', name: 'secret' });
  await alice.ok('POST', path(roomId, 'invite'), { user_id: hana.userId });
  const { body } = await hana.ok('GET', `${V3}/sync`);
  const invited = (body['rooms'] as { invite: Record<string, { invite_state: { events: { type: string }[] } }> })
    .invite;
  assert.ok(invited[roomId]?.invite_state.events.some(({ type }) => type === 'm.room.name'));
  await hana.ok('POST', path(roomId, 'join'), {});
  await send(hana, roomId, 'thank you');
  await quiet(world);
  assert.deepEqual((await said(alice, roomId)).slice(-1), ['thank you']);
});

test('createRoom invites users of other servers', async () => {
  const { alice, hana } = await twoServers();
  const roomId = await aRoom(alice, { preset: 'private_chat', invite: [hana.userId] });
  const { body } = await hana.ok('GET', `${V3}/sync`);
  assert.ok(roomId in (body['rooms'] as { invite: Record<string, unknown> }).invite);
});

test('who rejects an invite is rid of it, and its server hears of it', async () => {
  const { world, alice, hana } = await twoServers();
  const roomId = await aRoom(alice, { preset: 'private_chat', invite: [hana.userId] });
  await hana.ok('POST', path(roomId, 'leave'), {});
  await quiet(world);
  assert.equal((await members(alice, roomId))[hana.userId], 'leave');
  const { body } = await hana.ok('GET', `${V3}/sync`);
  assert.ok(!(roomId in ((body['rooms'] as { invite?: Record<string, unknown> } | undefined)?.invite ?? {})));
});

test('who rejects an invite is rid of it, also if its server is away', async () => {
  const { world, alice, hana } = await twoServers();
  const roomId = await aRoom(alice, { preset: 'private_chat', invite: [hana.userId] });
  world.goDown('hs1.test');
  const leaving = hana.ok('POST', path(roomId, 'leave'), {});
  await world.sleep(30_000);
  await leaving;
});

test('who knocks is seen by those in the room, let in, and comes in', async () => {
  const { world, alice, hana } = await twoServers();
  const roomId = await aRoom(alice, {
    initial_state: [{ type: 'm.room.join_rules', content: { join_rule: 'knock' } }],
  });
  await hana.ok('POST', `${V3}/knock/${encodeURIComponent(roomId)}?via=hs1.test`, { reason: 'please' });
  assert.equal((await members(alice, roomId))[hana.userId], 'knock');
  await alice.ok('POST', path(roomId, 'invite'), { user_id: hana.userId });
  await join(hana, roomId);
  await quiet(world);
  assert.equal((await members(alice, roomId))[hana.userId], 'join');
});

test('a restricted room lets those in who are in the room that it names, vouched for by a server that is in both', async () => {
  const { world, alice, hana } = await twoServers();
  const lobby = await aRoom(alice);
  const roomId = await aRoom(alice, {
    room_version: '11',
    initial_state: [
      {
        type: 'm.room.join_rules',
        content: { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: lobby }] },
      },
    ],
  });
  const refused = await hana.call('POST', `${V3}/join/${encodeURIComponent(roomId)}?via=hs1.test`, {});
  assert.equal(refused.status, 403);
  await join(hana, lobby);
  await join(hana, roomId);
  await send(hana, roomId, 'vouched for');
  await quiet(world);
  assert.deepEqual((await said(alice, roomId)).slice(-1), ['vouched for']);
});

for (const [operation, membership] of [
  ['kick', 'leave'],
  ['ban', 'ban'],
] as const)
  test(`who is put out (${operation}) knows it, and nothing of theirs is taken any more`, async () => {
    const { world, alice, hana } = await twoServers();
    const roomId = await aRoom(alice);
    await join(hana, roomId);
    await quiet(world);
    await alice.ok('POST', path(roomId, operation), { user_id: hana.userId });
    await quiet(world);
    const late = await hana.call('PUT', path(roomId, `send/m.room.message/late${sent++}`), {
      msgtype: 'm.text',
      body: 'late',
    });
    assert.equal(late.status, 403);
    await send(alice, roomId, 'after');
    await quiet(world);
    assert.ok(!(await said(hana, roomId)).includes('after'), 'nothing later is told to whose users are gone');
    assert.equal((await members(alice, roomId))[hana.userId], membership);
    if (operation === 'ban') {
      const again = await hana.call('POST', `${V3}/join/${encodeURIComponent(roomId)}?via=hs1.test`, {});
      assert.equal(again.status, 403);
    }
  });

test('who leaves and comes back sees what was said since', async () => {
  const { world, alice, hana } = await twoServers();
  const roomId = await aRoom(alice);
  await join(hana, roomId);
  await hana.ok('POST', path(roomId, 'leave'), {});
  await quiet(world);
  assert.equal((await members(alice, roomId))[hana.userId], 'leave');
  await send(alice, roomId, 'meanwhile');
  await join(hana, roomId);
  await send(alice, roomId, 'welcome back');
  await quiet(world);
  assert.ok((await said(hana, roomId)).includes('welcome back'));
  assert.deepEqual(await members(alice, roomId), await members(hana, roomId));
});

test('a room that nobody can be asked about is not found, and one whose servers are away is not reached', async () => {
  const { world, hana } = await twoServers();
  const none = await hana.call('POST', `${V3}/join/${encodeURIComponent('!none:hon.test')}`, {});
  assert.equal(none.status, 404);
  const joining = hana.call('POST', `${V3}/join/${encodeURIComponent('!none:gone.test')}`, {});
  await world.sleep(30_000);
  assert.equal((await joining).status, 502);
});

test('the first server refuses or is away, the second helps', async () => {
  const { world, alice, hana } = await twoServers();
  const evil = world.scripted('evil.test');
  evil.on('GET', /make_join/, () => ({ status: 500, headers: [], body: 'oops' }));
  const roomId = await aRoom(alice);
  const target = `${V3}/join/${encodeURIComponent(roomId)}?via=evil.test&via=gone.test&via=hs1.test`;
  const joining = hana.call('POST', target, {});
  await world.sleep(30_000);
  assert.equal((await joining).status, 200);
});

test('a room is joined by an alias of another server', async () => {
  const { alice, hana } = await twoServers();
  const roomId = await aRoom(alice, { room_alias_name: 'lobby' });
  const { body } = await hana.ok('POST', `${V3}/join/${encodeURIComponent('#lobby:hs1.test')}`, {});
  assert.equal(body['room_id'], roomId);
});

test('what was sent while a server was away is there when it is back', async () => {
  const { world, alice, hana } = await twoServers();
  const roomId = await aRoom(alice);
  await join(hana, roomId);
  await quiet(world);
  world.goDown('hon.test');
  for (let index = 0; index < 5; index++) await send(alice, roomId, `while away ${index}`);
  await world.sleep(60_000);
  world.comeBack('hon.test');
  await world.sleep(600_000);
  await quiet(world);
  assert.equal((await said(hana, roomId)).filter((text) => text.startsWith('while away')).length, 5);
});

test('who has joined elsewhere is told of what is said there by /sync, from the next message on', async () => {
  const { world, alice, hana } = await twoServers();
  const roomId = await aRoom(alice);
  await join(hana, roomId);
  const first = await hana.sync();
  await send(alice, roomId, 'hello');
  await quiet(world);
  const next = await hana.sync({ since: first.next_batch });
  const events = next.rooms?.join?.[roomId]?.timeline?.events ?? [];
  assert.deepEqual(
    events.map(({ content }) => content['body']),
    ['hello'],
  );
});

test('a room whose invites go to servers that hang is answered within a while, and who can be reached is invited', async () => {
  const { world, alice, hana } = await twoServers();
  const evil = world.scripted('evil.test');
  evil.on('PUT', /invite/, () => new Promise(() => undefined));
  const hanging = Array.from({ length: 30 }, (_, index) => `@u${index}:evil.test`);
  const creating = alice.ok('POST', `${V3}/createRoom`, { preset: 'private_chat', invite: [hana.userId, ...hanging] });
  for (let second = 0; second < 60; second++) await world.sleep(1000);
  const roomId = String((await creating).body['room_id']);
  assert.equal((await members(alice, roomId))[hana.userId], 'invite');
});
