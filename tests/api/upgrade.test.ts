// https://spec.matrix.org/v1.19/client-server-api/#room-upgrades
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected);
};

async function people() {
  const hearth = new Hearth();
  return { hearth, alice: await Client.register(hearth, 'alice'), bob: await Client.register(hearth, 'bob') };
}

async function upgrade(client: Client, roomId: string, request: object): Promise<Answer> {
  return client.call('POST', `${roomPath(roomId)}/upgrade`, request);
}

async function upgraded(client: Client, roomId: string, request: object): Promise<string> {
  const { status, body } = await upgrade(client, roomId, request);
  assert.equal(status, 200, JSON.stringify(body));
  return String(body['replacement_room']);
}

async function state(client: Client, roomId: string, type: string, key = ''): Promise<Answer['body'] | undefined> {
  const { status, body } = await client.call('GET', `${roomPath(roomId)}/state/${type}/${key}`);
  return status === 200 ? body : undefined;
}

async function set(client: Client, roomId: string, type: string, content: object): Promise<void> {
  await client.ok('PUT', `${roomPath(roomId)}/state/${type}/`, content);
}

for (const [before, after] of [
  ['10', '11'],
  ['11', '12'],
  ['12', '12'],
  ['12', '11'],
] as const) {
  test(`a room of version ${before} is replaced by one of version ${after}, which takes over what it was`, async () => {
    const { hearth, alice, bob } = await people();
    const charlie = await Client.register(hearth, 'charlie');
    const old = await alice.createRoom({
      room_version: before,
      preset: 'public_chat',
      visibility: 'public',
      name: 'Garden',
      topic: 'Beds',
      room_alias_name: 'garden',
      creation_content: { type: 'org.example.plot', 'm.federate': false, other: 1 },
      initial_state: [
        { type: 'm.room.encryption', content: { algorithm: 'm.megolm.v1.aes-sha2' } },
        { type: 'm.room.server_acl', content: { allow: ['*'] } },
        { type: 'm.room.avatar', content: { url: 'mxc://hs1/a' } },
        { type: 'org.example.thing', content: { a: 1 } },
      ],
    });
    await bob.join(old);
    await alice.ok('POST', `${roomPath(old)}/ban`, { user_id: charlie.userId, reason: 'weeds' });
    const last = await alice.send(old, 'last');
    const created = await upgraded(alice, old, { new_version: after });

    const create = await state(alice, created, 'm.room.create');
    assert.deepEqual(
      [create?.['room_version'], create?.['type'], create?.['m.federate']],
      [after, 'org.example.plot', false],
    );
    assert.equal(create?.['other'], undefined);
    assert.deepEqual(create?.['predecessor'], { room_id: old, ...(after === '12' ? {} : { event_id: last }) });
    assert.equal((await state(alice, created, 'm.room.name'))?.['name'], 'Garden');
    assert.equal((await state(alice, created, 'm.room.topic'))?.['topic'], 'Beds');
    assert.equal((await state(alice, created, 'm.room.join_rules'))?.['join_rule'], 'public');
    for (const type of ['m.room.encryption', 'm.room.server_acl', 'm.room.avatar', 'm.room.guest_access'])
      assert.deepEqual(await state(alice, created, type), await state(alice, old, type), type);
    assert.equal(await state(alice, created, 'org.example.thing'), undefined);
    const ban = await state(alice, created, 'm.room.member', charlie.userId);
    assert.deepEqual([ban?.['membership'], ban?.['reason']], ['ban', 'weeds']);
    assert.equal(await state(alice, created, 'm.room.member', bob.userId), undefined);
    const levels = await state(alice, created, 'm.room.power_levels');
    assert.deepEqual(levels?.['users'], after === '12' ? {} : { [alice.userId]: before === '12' ? 150 : 100 });

    assert.equal((await state(alice, old, 'm.room.tombstone'))?.['replacement_room'], created);
    const closed = await state(alice, old, 'm.room.power_levels');
    assert.deepEqual([closed?.['events_default'], closed?.['invite']], [50, 50]);
    refused(
      await bob.call('PUT', `${roomPath(old)}/send/m.room.message/t`, { msgtype: 'm.text', body: 'x' }),
      403,
      'M_FORBIDDEN',
    );

    const found = await bob.ok('GET', `${V3}/directory/room/${encodeURIComponent('#garden:hs1')}`);
    assert.equal(found.body['room_id'], created);
    assert.deepEqual(await state(alice, created, 'm.room.canonical_alias'), { alias: '#garden:hs1' });
    assert.deepEqual(await state(alice, old, 'm.room.canonical_alias'), {});
    await hearth.sleep(2000);
    const listed = (await bob.ok('GET', `${V3}/publicRooms`)).body['chunk'] as readonly Record<string, unknown>[];
    assert.deepEqual(
      listed.map((room) => room['room_id']),
      [created],
    );
    assert.equal(
      (await bob.ok('GET', `${V3}/directory/list/room/${encodeURIComponent(old)}`)).body['visibility'],
      'private',
    );
    assert.deepEqual(hearth.errors, []);
  });
}

test('who may not send a tombstone makes nothing at all', async () => {
  const { alice, bob } = await people();
  const old = await alice.createRoom({ room_version: '11', preset: 'public_chat' });
  refused(await upgrade(bob, old, { new_version: '12' }), 403, 'M_FORBIDDEN');
  await bob.join(old);
  refused(await upgrade(bob, old, { new_version: '12' }), 403, 'M_FORBIDDEN');
  refused(await upgrade(bob, '!nowhere:hs1', { new_version: '12' }), 403, 'M_FORBIDDEN');
  refused(await upgrade(alice, old, { new_version: '13' }), 400, 'M_UNSUPPORTED_ROOM_VERSION');
  refused(await upgrade(alice, old, { new_version: 12 }), 400, 'M_BAD_JSON');
  refused(await upgrade(alice, old, {}), 400, 'M_MISSING_PARAM');
  refused(await upgrade(alice, old, { new_version: '12', additional_creators: ['bob'] }), 400, 'M_INVALID_PARAM');
  for (const person of [alice, bob])
    assert.deepEqual((await person.ok('GET', `${V3}/joined_rooms`)).body['joined_rooms'], [old]);
  assert.equal(await state(alice, old, 'm.room.tombstone'), undefined);
});

test('creators of version 12 stand in no list; those named are creators too', async () => {
  const { alice, bob } = await people();
  const old = await alice.createRoom({ room_version: '11', preset: 'public_chat' });
  await bob.join(old);
  await set(alice, old, 'm.room.power_levels', { users: { [alice.userId]: 100, [bob.userId]: 100, '@m:hs1': 50 } });
  const created = await upgraded(bob, old, { new_version: '12', additional_creators: [alice.userId, bob.userId] });
  assert.deepEqual((await state(bob, created, 'm.room.create'))?.['additional_creators'], [alice.userId]);
  assert.deepEqual((await state(bob, created, 'm.room.power_levels'))?.['users'], { '@m:hs1': 50 });
});

test('an administrator below others upgrades with the levels as they were', async () => {
  const { alice, bob } = await people();
  const old = await alice.createRoom({ room_version: '10', preset: 'public_chat' });
  await bob.join(old);
  const levels = {
    users: { [alice.userId]: 100, [bob.userId]: 50 },
    events: { 'm.room.tombstone': 50, 'm.room.power_levels': 100, 'm.room.canonical_alias': 100 },
  };
  await set(alice, old, 'm.room.power_levels', levels);
  const created = await upgraded(bob, old, { new_version: '11' });
  assert.deepEqual(await state(bob, created, 'm.room.power_levels'), levels);
  // Bob may not close the old room, which is replaced all the same.
  assert.ok(await state(bob, old, 'm.room.tombstone'));
  assert.deepEqual(await state(bob, old, 'm.room.power_levels'), levels);
});

test('a space keeps its children, in whatever room it is', async () => {
  const { alice } = await people();
  const child = await alice.createRoom();
  const old = await alice.createRoom({ room_version: '11', creation_content: { type: 'm.space' } });
  await alice.ok('PUT', `${roomPath(old)}/state/m.space.child/${encodeURIComponent(child)}`, { via: ['hs1'] });
  const created = await upgraded(alice, old, { new_version: '12' });
  assert.deepEqual(await state(alice, created, 'm.space.child', encodeURIComponent(child)), { via: ['hs1'] });
});

test('who joins the new room has it where they had the old one', async () => {
  const { alice, bob } = await people();
  const old = await alice.createRoom({ room_version: '11', preset: 'public_chat' });
  await bob.join(old);
  const data = (client: Client, path: string): string => `${V3}/user/${encodeURIComponent(client.userId)}/${path}`;
  const tags = (client: Client, roomId: string): string =>
    data(client, `rooms/${encodeURIComponent(roomId)}/account_data/m.tag`);
  for (const client of [alice, bob])
    await client.ok('PUT', tags(client, old), { tags: { 'm.favourite': { order: 0.5 } } });
  await bob.ok('PUT', data(bob, 'account_data/m.direct'), { [alice.userId]: [old, '!x:hs1'], '@c:hs1': ['!x:hs1'] });
  const created = await upgraded(alice, old, { new_version: '12' });
  refused(await bob.call('GET', tags(bob, created)), 404, 'M_NOT_FOUND');
  await bob.join(created);
  for (const client of [alice, bob])
    assert.deepEqual((await client.ok('GET', tags(client, created))).body, { tags: { 'm.favourite': { order: 0.5 } } });
  assert.deepEqual((await bob.ok('GET', data(bob, 'account_data/m.direct'))).body, {
    [alice.userId]: [old, '!x:hs1', created],
    '@c:hs1': ['!x:hs1'],
  });
  await bob.ok('PUT', tags(bob, created), { tags: {} });
  await bob.join(created);
  assert.deepEqual((await bob.ok('GET', tags(bob, created))).body, { tags: {} });
});

test('who asks again for the same, as after a lost answer, is told of the room that there is', async () => {
  const { alice, bob } = await people();
  const old = await alice.createRoom({ preset: 'public_chat', room_version: '11', room_alias_name: 'garden' });
  await bob.join(old);
  const answers = await Promise.all(Array.from({ length: 3 }, () => upgrade(alice, old, { new_version: '12' })));
  const made = new Set(answers.flatMap(({ status, body }) => (status === 200 ? [body['replacement_room']] : [])));
  assert.equal(made.size, 1);
  const [replacement = ''] = made as Set<string>;
  assert.equal(await upgraded(alice, old, { new_version: '12' }), replacement);
  assert.equal((await state(alice, old, 'm.room.tombstone'))?.['replacement_room'], replacement);
  const alias = await alice.ok('GET', `${V3}/directory/room/${encodeURIComponent('#garden:hs1')}`);
  assert.equal(alias.body['room_id'], replacement);
  const joined = (await alice.ok('GET', `${V3}/joined_rooms`)).body['joined_rooms'] as string[];
  assert.deepEqual(joined.toSorted(), [old, replacement].toSorted());
  // Another version, or more creators, is something else.
  const other = await upgraded(alice, old, { new_version: '11' });
  assert.notEqual(other, replacement);
  const more = await upgraded(alice, old, { new_version: '12', additional_creators: ['@bob:hs1'] });
  assert.ok(![replacement, other].includes(more));
});
