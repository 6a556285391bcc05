// Deactivation and erasure. https://spec.matrix.org/v1.19/client-server-api/#account-deactivation
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, type Body, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const DEACTIVATE = `${V3}/account/deactivate`;
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected);
};
const passwordOf = (client: Client, password = client.password) => ({
  type: 'm.login.password',
  identifier: { type: 'm.id.user', user: client.userId },
  password,
});
const deactivate = (client: Client, more: object = {}) =>
  client.call('POST', DEACTIVATE, { auth: passwordOf(client), ...more });
const memberOf = async (reader: Client, room: string, userId: string) =>
  (await reader.ok('GET', `${roomPath(room)}/state/m.room.member/${userId}`)).body['membership'];

async function world() {
  const hearth = new Hearth();
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const room = await bob.createRoom({ preset: 'public_chat' });
  return { hearth, alice, bob, room };
}

test('an account ends only for who knows its password', async () => {
  const { alice } = await world();
  const asked = await alice.call('POST', DEACTIVATE, {});
  assert.deepEqual([asked.status, asked.body['flows']], [401, [{ stages: ['m.login.password'] }]]);
  refused(await alice.call('POST', DEACTIVATE, { auth: passwordOf(alice, 'wrong') }), 401, 'M_FORBIDDEN');
  refused(await new Client(alice.server).call('POST', DEACTIVATE, {}), 401, 'M_MISSING_TOKEN');
  assert.equal((await alice.call('GET', `${V3}/account/whoami`)).status, 200);
});

test('sessions, devices, profile and data go; the name is never free again', async () => {
  const { hearth, alice, bob } = await world();
  const phone = await alice.login('PHONE');
  await alice.ok('PUT', `${V3}/user/@alice:hs1/account_data/test.type`, { secret: true });
  await alice.ok('PUT', `${V3}/profile/@alice:hs1/displayname`, { displayname: 'Alice' });
  const done = await deactivate(alice);
  assert.deepEqual([done.status, done.body], [200, { id_server_unbind_result: 'success' }]);
  for (const client of [alice, phone])
    refused(await client.call('GET', `${V3}/account/whoami`), 401, 'M_UNKNOWN_TOKEN');
  const login = { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'alice' } };
  const anybody = new Client(hearth);
  refused(await anybody.call('POST', `${V3}/login`, { ...login, password: alice.password }), 403, 'M_USER_DEACTIVATED');
  refused(await anybody.call('GET', `${V3}/register/available?username=alice`), 400, 'M_USER_IN_USE');
  refused(
    await anybody.call('POST', `${V3}/register`, { username: 'alice', password: 'x', auth: { type: 'm.login.dummy' } }),
    400,
    'M_USER_IN_USE',
  );
  refused(await bob.call('GET', `${V3}/profile/@alice:hs1`), 404, 'M_NOT_FOUND');
  const { device_keys: keys } = (await bob.ok('POST', `${V3}/keys/query`, { device_keys: { '@alice:hs1': [] } })).body;
  assert.deepEqual((keys as Body)['@alice:hs1'] ?? {}, {});
  for (const table of ['users_devices', 'users_tokens', 'users_other_tokens', 'users_account_data', 'users_profiles'])
    assert.equal(
      hearth.connection.own(`SELECT COUNT(*) AS n FROM ${table} WHERE user_id = '@alice:hs1'`).get()?.['n'],
      0,
      table,
    );
});

test('a large backup goes in pieces once the account has ended, also after a crash', async () => {
  for (const crashes of [false, true]) {
    const { hearth, alice } = await world();
    const { sql, count } = {
      sql: (text: string) => hearth.connection.own(text).run(),
      count: (table: string) => Number(hearth.connection.own(`SELECT COUNT(*) AS n FROM ${table}`).get()?.['n']),
    };
    const backup = { algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2', auth_data: {} };
    await alice.ok('POST', `${V3}/room_keys/version`, backup);
    sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1800)
         INSERT INTO users_backup_keys (owner, user_id, version, room_id, session_id, data)
         SELECT owner, user_id, version, '!r:hs1', 's' || i, '{}' FROM users_backups, n`);
    assert.equal((await deactivate(alice)).status, 200);
    assert.ok(count('users_backup_keys') > 0, 'the answer did not wait for all of it');
    refused(await alice.call('GET', `${V3}/room_keys/version`), 401, 'M_UNKNOWN_TOKEN');
    if (crashes) {
      await hearth.settle();
      // As a crash in the midst of it leaves it.
      sql(`INSERT INTO users_backup_keys (owner, user_id, version, room_id, session_id, data)
           SELECT owner, user_id, 1, '!r:hs1', 's', '{}' FROM users_accounts WHERE user_id = '@alice:hs1'`);
      sql(
        `INSERT INTO users_remains (owner, user_id) SELECT owner, user_id FROM users_accounts WHERE user_id = '@alice:hs1'`,
      );
      await hearth.sleep(15_000);
    } else await hearth.settle();
    for (const table of ['users_backup_keys', 'users_backups', 'users_remains']) assert.equal(count(table), 0, table);
  }
});

test('rooms are left and invites refused, and there are no new ones', async () => {
  const { hearth, alice, bob, room } = await world();
  await alice.join(room);
  const invited = await bob.createRoom({ invite: ['@alice:hs1'] });
  assert.equal((await deactivate(alice)).status, 200);
  await hearth.settle();
  assert.equal(await memberOf(bob, room, '@alice:hs1'), 'leave');
  assert.equal(await memberOf(bob, invited, '@alice:hs1'), 'leave');
  refused(await bob.call('POST', `${roomPath(room)}/invite`, { user_id: '@alice:hs1' }), 403, 'M_FORBIDDEN');
  // Nor is a room begun with an invite that cannot be.
  const rooms = (await bob.ok('GET', `${V3}/joined_rooms`)).body;
  const request = { invite: ['@alice:hs1'], room_alias_name: 'free' };
  refused(await bob.call('POST', `${V3}/createRoom`, request), 403, 'M_FORBIDDEN');
  assert.deepEqual((await bob.ok('GET', `${V3}/joined_rooms`)).body, rooms);
  await bob.createRoom({ room_alias_name: 'free' });
});

test('a join that was under way when the account ended is undone', async () => {
  const { hearth, alice, bob, room } = await world();
  assert.equal((await deactivate(alice)).status, 200);
  // As it arrives from a room that had asked for the profile before.
  await hearth.actors.users(1).stream.apply('!late:hs1', 1, 0, [
    {
      roomPos: 1,
      kind: 'event',
      memberships: [
        { userId: '@alice:hs1', membership: 'join', previous: undefined, sender: '@alice:hs1', eventId: '$x' },
      ],
    },
  ]);
  const noted = hearth.connection.own('SELECT room_id FROM users_farewells').get();
  assert.equal(noted?.['room_id'], '!late:hs1');
  assert.equal(await memberOf(bob, room, '@bob:hs1'), 'join');
});

test('who comes later sees what an erased account said redacted; who was there sees it as it was', async () => {
  const { hearth, alice, bob, room } = await world();
  await alice.join(room);
  const said = await alice.send(room, 'my secret');
  const charlie = await Client.register(hearth, 'charlie');
  await charlie.join(room);
  assert.equal((await deactivate(alice, { erase: true })).status, 200);
  await hearth.settle();
  const late = await Client.register(hearth, 'late');
  await late.join(room);
  const contentFor = async (client: Client) =>
    (await client.ok('GET', `${roomPath(room)}/event/${encodeURIComponent(said)}`)).body['content'];
  assert.deepEqual(await contentFor(late), {});
  for (const witness of [bob, charlie])
    assert.deepEqual(await contentFor(witness), { body: 'my secret', msgtype: 'm.text' });
  const everything = async (client: Client) =>
    JSON.stringify([
      await client.sync({ filter: '{"room":{"timeline":{"limit":100}}}' }),
      (await client.ok('GET', `${roomPath(room)}/messages?dir=b&limit=100`)).body,
      (await client.ok('GET', `${roomPath(room)}/state`)).body,
    ]);
  assert.ok(!(await everything(late)).includes('my secret'));
  assert.ok((await everything(bob)).includes('my secret'));
  // A room's event id stays what it is.
  assert.ok((await everything(late)).includes(said));
});

test('who came and went before the erasure, and comes again after it, sees what there was to see', async () => {
  const { hearth, alice, room } = await world();
  await alice.join(room);
  const [early, shared] = [await Client.register(hearth, 'early'), await Client.register(hearth, 'shared')];
  await early.join(room);
  const said = await alice.send(room, 'my secret');
  await early.ok('POST', `${roomPath(room)}/leave`, {});
  // The history was shared with who came only after it was said.
  await shared.join(room);
  await shared.ok('POST', `${roomPath(room)}/leave`, {});
  const meanwhile = await alice.send(room, 'another');
  assert.equal((await deactivate(alice, { erase: true })).status, 200);
  await hearth.settle();
  const late = await Client.register(hearth, 'late');
  const contentFor = async (client: Client, eventId: string) =>
    (await client.ok('GET', `${roomPath(room)}/event/${encodeURIComponent(eventId)}`)).body['content'];
  for (const client of [early, shared, late]) await client.join(room);
  for (const witness of [early, shared])
    assert.deepEqual(await contentFor(witness, said), { body: 'my secret', msgtype: 'm.text' });
  assert.deepEqual(await contentFor(late, said), {});
  for (const client of [early, shared, late]) assert.deepEqual(await contentFor(client, meanwhile), {});
});

test('what an erased account made of the room stays, what it said of itself there does not', async () => {
  const { hearth, alice, bob } = await world();
  const room = await alice.createRoom({ preset: 'public_chat', name: 'Our room', topic: 'Roses' });
  const put = (path: string, content: object) => alice.ok('PUT', `${roomPath(room)}/state/${path}`, content);
  await put('m.room.encryption/', { algorithm: 'm.megolm.v1.aes-sha2' });
  await put(`org.example.about/${alice.userId}`, { mine: 'my secret' });
  await alice.ok('PUT', `${V3}/profile/@alice:hs1/displayname`, { displayname: 'Secret Name' });
  await hearth.settle();
  await alice.invite(room, bob.userId);
  assert.equal((await deactivate(alice, { erase: true })).status, 200);
  await hearth.settle();
  const late = await Client.register(hearth, 'late');
  await late.join(room);
  const state = async (path: string) => (await late.ok('GET', `${roomPath(room)}/state/${path}`)).body;
  assert.deepEqual(await state('m.room.name/'), { name: 'Our room' });
  assert.deepEqual(await state('m.room.encryption/'), { algorithm: 'm.megolm.v1.aes-sha2' });
  assert.deepEqual(await state(`org.example.about/${alice.userId}`), {});
  const everything = JSON.stringify([
    await late.sync({ filter: '{"room":{"timeline":{"limit":100}}}' }),
    (await late.ok('GET', `${roomPath(room)}/messages?dir=b&limit=100`)).body,
    (await late.ok('GET', `${roomPath(room)}/state`)).body,
    (await late.ok('GET', `${roomPath(room)}/members`)).body,
  ]);
  assert.ok(!/my secret|Secret Name/.test(everything));
  assert.ok(everything.includes('Our room'));
});

test('without erasure everybody sees what they may', async () => {
  const { hearth, alice, room } = await world();
  await alice.join(room);
  const said = await alice.send(room, 'not a secret');
  assert.equal((await deactivate(alice)).status, 200);
  await hearth.settle();
  const late = await Client.register(hearth, 'late');
  await late.join(room);
  const seen = await late.ok('GET', `${roomPath(room)}/event/${encodeURIComponent(said)}`);
  assert.deepEqual(seen.body['content'], { body: 'not a secret', msgtype: 'm.text' });
});

test('an erased account in a room that it had left before is erased there too', async () => {
  const { hearth, alice, room } = await world();
  await alice.join(room);
  const said = await alice.send(room, 'my secret');
  await alice.ok('POST', `${roomPath(room)}/leave`, {});
  assert.equal((await deactivate(alice, { erase: true })).status, 200);
  await hearth.settle();
  const late = await Client.register(hearth, 'late');
  await late.join(room);
  const seen = await late.ok('GET', `${roomPath(room)}/event/${encodeURIComponent(said)}`);
  assert.deepEqual(seen.body['content'], {});
});
