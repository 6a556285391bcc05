// A room's summary. https://spec.matrix.org/v1.19/client-server-api/#room-summaries
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const summaryPath = (room: string) => `/_matrix/client/v1/room_summary/${encodeURIComponent(room)}`;
const summary = (client: Client, room: string): Promise<Answer> => client.call('GET', summaryPath(room));
const state = (type: string, content: object) => ({ type, state_key: '', content });

async function world() {
  const hearth = new Hearth();
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  return { hearth, alice, bob };
}

test('a summary says what the room is, and what the asker is in it', async () => {
  const { alice, bob } = await world();
  const room = await alice.createRoom({
    preset: 'public_chat',
    room_alias_name: 'tea',
    name: 'Tea',
    topic: 'Leaves',
    creation_content: { type: 'm.space' },
    initial_state: [
      state('m.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' }),
      state('m.room.avatar', { url: 'mxc://hs1/x' }),
      state('m.room.guest_access', { guest_access: 'can_join' }),
    ],
  });
  const shown = {
    room_id: room,
    name: 'Tea',
    topic: 'Leaves',
    avatar_url: 'mxc://hs1/x',
    canonical_alias: '#tea:hs1',
    num_joined_members: 1,
    world_readable: false,
    guest_can_join: true,
    join_rule: 'public',
    room_type: 'm.space',
    room_version: '12',
    encryption: 'm.megolm.v1.aes-sha2',
  };
  assert.deepEqual((await summary(bob, room)).body, shown);
  assert.deepEqual((await summary(bob, '#tea:hs1')).body, shown);
  assert.deepEqual((await summary(alice, room)).body, { ...shown, membership: 'join' });
});

test('who could not come in and may not look in is told of no room, in the words for none', async () => {
  const { alice, bob } = await world();
  const none = (await summary(bob, `!${'x'.repeat(43)}`)).body;
  assert.equal(none.errcode, 'M_NOT_FOUND');
  for (const [rule, visibility, status] of [
    ['invite', 'shared', 404],
    ['private', 'joined', 404],
    ['invite', 'world_readable', 200],
    ['knock', 'shared', 200],
    ['public', 'joined', 200],
  ] as const) {
    const initial = [
      state('m.room.join_rules', { join_rule: rule }),
      state('m.room.history_visibility', { history_visibility: visibility }),
    ];
    const room = await alice.createRoom({ name: 'Secret', initial_state: initial });
    const answer = await summary(bob, room);
    assert.equal(answer.status, status, `${rule} ${visibility}`);
    if (status === 404) assert.deepEqual(answer.body, none);
  }
  assert.equal((await summary(bob, '#nothing:hs1')).status, 404);
  assert.equal((await summary(bob, 'nothing')).status, 400);
  assert.equal((await summary(new Client(bob.server), `!${'x'.repeat(43)}`)).status, 401);
});

test('an invite opens the summary, leaving closes it, a ban hides a public room', async () => {
  const { alice, bob } = await world();
  const room = await alice.createRoom();
  await alice.invite(room, bob.userId);
  assert.equal((await summary(bob, room)).body['membership'], 'invite');
  await bob.join(room);
  await bob.ok('POST', `${roomPath(room)}/leave`, {});
  assert.equal((await summary(bob, room)).status, 404);
  const open = await alice.createRoom({ preset: 'public_chat' });
  await alice.ok('POST', `${roomPath(open)}/ban`, { user_id: bob.userId });
  assert.equal((await summary(bob, open)).status, 404);
});

test('a restricted room is summed up for members of the rooms that it names', async () => {
  const { alice, bob } = await world();
  const space = await alice.createRoom({ preset: 'public_chat' });
  const allow = [{ type: 'm.room_membership', room_id: space }];
  const room = await alice.createRoom({
    initial_state: [state('m.room.join_rules', { join_rule: 'restricted', allow })],
  });
  assert.equal((await summary(bob, room)).status, 404);
  await bob.join(space);
  assert.deepEqual((await summary(bob, room)).body['allowed_room_ids'], [space]);
});
