// Clients of two servers in one room: both servers are whole Hearths, and only bytes go between them.
// https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomPath, type Client } from '../black-box/client.ts';
import { FederationWorld, someone } from './world.ts';

async function aWorld(room: object = {}) {
  const world = new FederationWorld();
  const [hs1, hs2] = [world.hearth('hs1.test'), world.hearth('hs2.test')];
  const [alice, bob] = [await someone(hs1, 'alice'), await someone(hs2, 'bob')];
  const roomId = await alice.createRoom({ preset: 'public_chat', room_version: '11', name: 'Both', ...room });
  return { world, hs1, hs2, alice, bob, roomId };
}

async function join(client: Client, roomIdOrAlias: string, via: string) {
  return client.call('POST', `/_matrix/client/v3/join/${encodeURIComponent(roomIdOrAlias)}?via=${via}`, {});
}

async function texts(client: Client, roomId: string): Promise<unknown[]> {
  const { body } = await client.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=100`);
  const chunk = body['chunk'] as { type: string; content: { body?: string } }[];
  return chunk.flatMap(({ type, content }) => (type === 'm.room.message' ? [content.body] : [])).toReversed();
}

async function memberships(client: Client, roomId: string): Promise<string[]> {
  const { body } = await client.ok('GET', `${roomPath(roomId)}/members`);
  const chunk = body['chunk'] as { state_key: string; content: { membership: string } }[];
  return chunk.map((event) => `${event.state_key} ${event.content.membership}`).toSorted();
}

for (const version of ['10', '11', '12'])
  test(`v${version}: who joins from another server talks and is answered`, async () => {
    const { world, hs1, hs2, alice, bob, roomId } = await aWorld({ room_version: version });
    assert.equal((await join(bob, roomId, 'hs1.test')).status, 200);
    await bob.send(roomId, 'hello');
    await world.settle();
    await alice.send(roomId, 'welcome');
    await world.settle();
    await bob.send(roomId, 'thanks');
    await world.settle();
    assert.deepEqual(await texts(alice, roomId), ['hello', 'welcome', 'thanks']);
    assert.deepEqual(await texts(bob, roomId), ['hello', 'welcome', 'thanks']);
    for (const client of [alice, bob])
      assert.deepEqual(await memberships(client, roomId), ['@alice:hs1.test join', '@bob:hs2.test join']);
    assert.deepEqual([...hs1.errors, ...hs2.errors], []);
  });

test('what both say at once is in the same room afterwards', async () => {
  const { world, alice, bob, roomId } = await aWorld();
  await join(bob, roomId, 'hs1.test');
  world.cut('hs1.test', 'hs2.test');
  world.cut('hs2.test', 'hs1.test');
  await alice.send(roomId, 'a');
  await bob.send(roomId, 'b');
  await world.settle();
  assert.deepEqual([await texts(alice, roomId), await texts(bob, roomId)], [['a'], ['b']]);
  world.mend('hs1.test', 'hs2.test');
  world.mend('hs2.test', 'hs1.test');
  await world.sleep(60_000);
  assert.deepEqual((await texts(alice, roomId)).toSorted(), ['a', 'b']);
  assert.deepEqual((await texts(bob, roomId)).toSorted(), ['a', 'b']);
});

test('a room is joined by its alias', async () => {
  const { alice, bob, roomId } = await aWorld({ room_alias_name: 'both' });
  assert.equal((await join(bob, '#both:hs1.test', 'hs1.test')).body['room_id'], roomId);
  assert.deepEqual(await memberships(alice, roomId), ['@alice:hs1.test join', '@bob:hs2.test join']);
  const told = { room_id: roomId, servers: ['hs1.test', 'hs2.test'] };
  for (const client of [alice, bob])
    assert.deepEqual((await client.ok('GET', '/_matrix/client/v3/directory/room/%23both%3Ahs1.test')).body, told);
  for (const alias of ['%23none%3Ahs1.test', '%23both%3Anowhere.test'])
    assert.equal((await bob.call('GET', `/_matrix/client/v3/directory/room/${alias}`)).status, 404);
});

test('who is invited from another server comes in, and who declines stays out', async () => {
  const { world, hs2, alice, bob, roomId } = await aWorld({ preset: 'private_chat' });
  const carol = await someone(hs2, 'carol');
  await alice.invite(roomId, bob.userId);
  await alice.invite(roomId, carol.userId);
  await world.settle();
  assert.ok((await bob.sync()).rooms?.invite?.[roomId]);
  assert.equal((await join(carol, roomId, 'hs1.test')).status, 200);
  await bob.ok('POST', `${roomPath(roomId)}/leave`, {});
  await world.settle();
  assert.deepEqual(await memberships(alice, roomId), [
    '@alice:hs1.test join',
    '@bob:hs2.test leave',
    '@carol:hs2.test join',
  ]);
  assert.deepEqual(await memberships(carol, roomId), await memberships(alice, roomId));
});

test('who is banned from another server is out on both, and comes back when that is over', async () => {
  const { world, alice, bob, roomId } = await aWorld();
  await join(bob, roomId, 'hs1.test');
  await world.settle();
  await alice.ok('POST', `${roomPath(roomId)}/ban`, { user_id: bob.userId });
  await world.settle();
  assert.equal((await bob.call('PUT', `${roomPath(roomId)}/send/m.room.message/x`, { body: 'x' })).status, 403);
  assert.ok((await bob.sync()).rooms?.join?.[roomId] === undefined);
  assert.equal((await join(bob, roomId, 'hs1.test')).status, 403);
  await alice.send(roomId, 'not for you');
  await alice.ok('POST', `${roomPath(roomId)}/unban`, { user_id: bob.userId });
  await world.settle();
  assert.equal((await join(bob, roomId, 'hs1.test')).status, 200);
  await alice.send(roomId, 'hello again');
  await world.settle();
  assert.ok((await texts(bob, roomId)).includes('hello again'));
});

test('a knock from another server is heard and answered', async () => {
  const { world, alice, bob, roomId } = await aWorld({
    preset: 'private_chat',
    initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }],
  });
  await bob.ok('POST', `/_matrix/client/v3/knock/${encodeURIComponent(roomId)}?via=hs1.test`, {});
  await world.settle();
  assert.ok((await memberships(alice, roomId)).includes('@bob:hs2.test knock'));
  await alice.invite(roomId, bob.userId);
  await world.settle();
  assert.equal((await join(bob, roomId, 'hs1.test')).status, 200);
});
