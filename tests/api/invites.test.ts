// https://spec.matrix.org/v1.19/client-server-api/#invite-permission
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
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const block = async (content: object): Promise<void> => {
    const path = `${V3}/user/${encodeURIComponent(bob.userId)}/account_data/m.invite_permission_config`;
    await bob.ok('PUT', path, content);
  };
  return { alice, bob, block };
}

test('who takes no invites gets none, by whatever way', async () => {
  const { alice, bob, block } = await people();
  const roomId = await alice.createRoom();
  await block({ default_action: 'block' });
  const invite = { user_id: bob.userId };
  refused(await alice.call('POST', `${roomPath(roomId)}/invite`, invite), 403, 'M_INVITE_BLOCKED');
  const member = `${roomPath(roomId)}/state/m.room.member/${encodeURIComponent(bob.userId)}`;
  refused(await alice.call('PUT', member, { membership: 'invite' }), 403, 'M_INVITE_BLOCKED');
  refused(await alice.call('POST', `${V3}/createRoom`, { invite: [bob.userId] }), 403, 'M_INVITE_BLOCKED');
  assert.deepEqual((await alice.ok('GET', `${V3}/joined_rooms`)).body['joined_rooms'], [roomId]);
  for (const content of [{}, { default_action: 'allow' }, { default_action: 5 }]) {
    await block(content);
    await alice.createRoom({ invite: [bob.userId] });
  }
  assert.equal(Object.keys((await bob.sync()).rooms?.invite ?? {}).length, 3);
});

test('invites that were there are not shown while they are blocked', async () => {
  const { alice, bob, block } = await people();
  const roomId = await alice.createRoom({ invite: [bob.userId] });
  await block({ default_action: 'block' });
  assert.equal((await bob.sync()).rooms?.invite, undefined);
  await block({});
  assert.ok((await bob.sync()).rooms?.invite?.[roomId]);
});

test('an invite twice is one; who is in the room or banned is not invited', async () => {
  const { alice, bob } = await people();
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  const invite = async (): Promise<Answer> => alice.call('POST', `${roomPath(roomId)}/invite`, { user_id: bob.userId });
  for (let n = 0; n < 2; n++) assert.equal((await invite()).status, 200);
  await bob.join(roomId);
  await bob.join(roomId);
  refused(await invite(), 403, 'M_FORBIDDEN');
  await alice.ok('POST', `${roomPath(roomId)}/ban`, { user_id: bob.userId });
  refused(await invite(), 403, 'M_FORBIDDEN');
  refused(await alice.call('POST', `${roomPath(roomId)}/kick`, { user_id: bob.userId }), 403, 'M_FORBIDDEN');
  await alice.ok('POST', `${roomPath(roomId)}/unban`, { user_id: bob.userId });
  refused(await alice.call('POST', `${roomPath(roomId)}/unban`, { user_id: bob.userId }), 403, 'M_FORBIDDEN');
});

test('invites by email need an identity server, which there is none', async () => {
  const { alice } = await people();
  const roomId = await alice.createRoom();
  const byEmail = { id_server: 'id.test', id_access_token: 't', medium: 'email', address: 'x@y.test' };
  refused(await alice.call('POST', `${roomPath(roomId)}/invite`, byEmail), 403, 'M_THREEPID_DENIED');
  refused(await alice.call('POST', `${roomPath(roomId)}/invite`, {}), 400, 'M_MISSING_PARAM');
});

test("who joins may say more in the event, but not what is the server's to say", async () => {
  const { alice, bob } = await people();
  const roomId = await alice.createRoom({ preset: 'public_chat', room_alias_name: 'garden' });
  const more = { foo: 'bar', reason: 'why', membership: 'ban', join_authorised_via_users_server: alice.userId };
  await bob.ok('POST', `${V3}/join/${encodeURIComponent('#garden:hs1')}`, more);
  const member = `${roomPath(roomId)}/state/m.room.member/${encodeURIComponent(bob.userId)}`;
  assert.deepEqual((await alice.ok('GET', member)).body, {
    membership: 'join',
    displayname: 'bob',
    foo: 'bar',
    reason: 'why',
  });
});

test('an invite stays small however much the room says of itself, and tells what matters', async () => {
  const hearth = new Hearth();
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const much = 'x'.repeat(25_000);
  const room = await alice.createRoom({
    name: 'Garden',
    topic: much,
    creation_content: { note: much, type: 'org.example.plot' },
    initial_state: [
      { type: 'm.room.avatar', content: { url: 'mxc://hs1/a', info: much } },
      {
        type: 'm.room.join_rules',
        content: { join_rule: 'invite', allow: Array.from({ length: 9000 }, () => 1), z: much },
      },
      { type: 'm.room.encryption', content: { algorithm: 'm.megolm.v1.aes-sha2', more: much } },
    ],
  });
  await alice.ok('PUT', `${roomPath(room)}/state/m.room.member/@bob:hs1`, {
    ...Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`a${n}`, n])),
    membership: 'invite',
    reason: 'come in',
  });
  const events = (await bob.sync()).rooms?.invite?.[room]?.invite_state?.events ?? [];
  assert.ok(JSON.stringify(events).length < 40_000);
  const content = (type: string, key = '') =>
    events.find((event) => event.type === type && event.state_key === key)?.content;
  assert.equal(content('m.room.create')?.['room_version'], '12');
  assert.equal(content('m.room.create')?.['type'], 'org.example.plot');
  assert.equal(content('m.room.join_rules')?.['join_rule'], 'invite');
  assert.equal(content('m.room.name')?.['name'], 'Garden');
  assert.equal(content('m.room.avatar')?.['url'], 'mxc://hs1/a');
  assert.equal(content('m.room.encryption')?.['algorithm'], 'm.megolm.v1.aes-sha2');
  assert.equal(content('m.room.member', '@bob:hs1')?.['membership'], 'invite');
  assert.equal(content('m.room.member', '@bob:hs1')?.['reason'], 'come in');
});
