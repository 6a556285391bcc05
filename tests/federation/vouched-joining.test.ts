// Restricted rooms with several servers in them, of which not each has somebody who may let others in.
// https://spec.matrix.org/v1.19/server-server-api/#restricted-rooms
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '../black-box/client.ts';
import { aRoom, joinPath, members, path, quiet } from './between-servers.ts';
import { FederationWorld, someone } from './world.ts';

/** Charlie's two rooms on hs2.test, the second for members of the first; Alice of hs1.test was invited to it. */
async function aWorld(version = '11') {
  const world = new FederationWorld();
  const [hs1, hs2] = [world.hearth('hs1.test'), world.hearth('hs2.test')];
  const [alice, bob, charlie] = [await someone(hs1, 'alice'), await someone(hs1, 'bob'), await someone(hs2, 'charlie')];
  const lobby = await aRoom(charlie);
  const allow = [{ type: 'm.room_membership', room_id: lobby }];
  const roomId = await aRoom(charlie, {
    room_version: version,
    initial_state: [{ type: 'm.room.join_rules', content: { join_rule: 'restricted', allow } }],
    power_level_content_override: { invite: 50 },
  });
  await charlie.ok('POST', path(roomId, 'invite'), { user_id: alice.userId });
  await alice.ok('POST', joinPath(roomId, 'hs2.test'), {});
  await quiet(world);
  return { world, alice, bob, charlie, lobby, roomId };
}

const join = (client: Client, roomId: string, ...via: string[]) => client.call('POST', joinPath(roomId, ...via), {});

for (const version of ['8', '11', '12'])
  test(`v${version}: where nobody of ours may let a user in, a server in the room whose user may is asked`, async () => {
    const { world, alice, bob, charlie, lobby, roomId } = await aWorld(version);
    assert.equal((await join(bob, roomId, 'hs1.test')).status, 403);
    await join(bob, lobby, 'hs2.test');
    assert.equal((await join(bob, roomId, 'hs1.test')).status, 200);
    await quiet(world);
    for (const client of [alice, bob, charlie]) assert.equal((await members(client, roomId))[bob.userId], 'join');
    const { body } = await bob.ok('GET', path(roomId, `state/m.room.member/${encodeURIComponent(bob.userId)}`));
    assert.equal(body['join_authorised_via_users_server'], charlie.userId);
    await bob.ok('PUT', path(roomId, 'send/m.room.message/one'), { msgtype: 'm.text', body: 'one' });
    assert.ok((await bob.sync()).rooms?.join?.[roomId]);
  });

test('who is in none of the rooms is refused without asking anybody', async () => {
  const { world, bob, roomId } = await aWorld();
  const asked = world.sent.length;
  assert.equal((await join(bob, roomId, 'hs2.test')).status, 403);
  assert.ok(!world.sent.slice(asked).some(({ target }) => target.includes('make_join')));
});

test('who cannot be vouched for because the other server is away is told so, and nothing is left of it', async () => {
  const { world, alice, bob, lobby, roomId } = await aWorld();
  await join(bob, lobby, 'hs2.test');
  world.goDown('hs2.test');
  const joining = join(bob, roomId, 'hs1.test');
  await world.sleep(60_000);
  assert.equal((await joining).status, 502);
  assert.equal((await members(alice, roomId))[bob.userId], undefined);
});

test('a server that may not vouch is passed over for one that may, and refuses where there is no other', async () => {
  const { world, alice, lobby, roomId } = await aWorld();
  const dora = await someone(world.hearth('hs3.test'), 'dora');
  await join(alice, lobby, 'hs2.test');
  await join(dora, lobby, 'hs2.test');
  await quiet(world);
  const refused = await join(dora, roomId, 'hs1.test');
  assert.deepEqual([refused.status, refused.body['errcode']], [400, 'M_UNABLE_TO_GRANT_JOIN']);
  assert.equal((await join(dora, roomId, 'hs1.test', 'hs2.test')).status, 200);
});
