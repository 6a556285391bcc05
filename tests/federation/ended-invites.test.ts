// Invites over federation that come to an end before anybody of the invited user's server is in the room.
// https://spec.matrix.org/v1.19/server-server-api/#inviting-to-a-room
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '../black-box/client.ts';
import { aRoom, joinPath, members, path, quiet } from './between-servers.ts';
import { Visitor } from './visitor.ts';
import { FederationWorld, someone } from './world.ts';

async function aWorld() {
  const world = new FederationWorld();
  const [hs1, hs2] = [world.hearth('hs1.test'), world.hearth('hs2.test')];
  return {
    world,
    hs1,
    hs2,
    alice: await someone(hs1, 'alice'),
    charlie: await someone(hs1, 'charlie'),
    bob: await someone(hs2, 'bob'),
  };
}

const invite = (by: Client, roomId: string, target: Client) =>
  by.ok('POST', path(roomId, 'invite'), { user_id: target.userId });

const put = (operation: 'kick' | 'ban' | 'unban', by: Client, roomId: string, target: Client) =>
  by.ok('POST', path(roomId, operation), { user_id: target.userId, reason: 'a mistake' });

async function isInvited(client: Client, roomId: string): Promise<boolean> {
  return (await client.sync()).rooms?.invite?.[roomId] !== undefined;
}

for (const [operation, membership] of [
  ['kick', 'leave'],
  ['ban', 'ban'],
] as const)
  test(`who has invited a user elsewhere takes it back (${operation}), and the user is told`, async () => {
    const { world, alice, bob } = await aWorld();
    const roomId = await aRoom(alice, { preset: 'private_chat' });
    await invite(alice, roomId, bob);
    const { next_batch: since } = await bob.sync();
    await put(operation, alice, roomId, bob);
    await quiet(world);
    const left = (await bob.sync({ since })).rooms?.leave?.[roomId] as unknown as { state: { events: object[] } };
    const [event] = left.state.events as { state_key: string; content: Record<string, string> }[];
    assert.equal(event?.state_key, bob.userId);
    assert.deepEqual([event.content['membership'], event.content['reason']], [membership, 'a mistake']);
    assert.equal(await isInvited(bob, roomId), false);
  });

test('of a room that we do not know, nobody but who has invited a user is believed to take it back', async () => {
  const { world, alice, charlie, bob } = await aWorld();
  const roomId = await aRoom(alice, { preset: 'private_chat', invite: [charlie.userId] });
  await charlie.ok('POST', joinPath(roomId), {});
  await invite(charlie, roomId, bob);
  await put('kick', alice, roomId, bob);
  await quiet(world);
  assert.equal(await isInvited(bob, roomId), true);
  assert.equal((await bob.call('POST', path(roomId, 'leave'), {})).status, 200);
  assert.equal(await isInvited(bob, roomId), false);
});

test('an end that arrives after the next invite does not end that one', async () => {
  const { world, alice, bob } = await aWorld();
  const roomId = await aRoom(alice, { preset: 'private_chat' });
  await invite(alice, roomId, bob);
  world.goDown('hs2.test');
  await put('kick', alice, roomId, bob);
  await quiet(world);
  world.comeBack('hs2.test');
  await invite(alice, roomId, bob);
  await world.sleep(120_000);
  await quiet(world);
  assert.equal(await isInvited(bob, roomId), true);
  await bob.ok('POST', joinPath(roomId), {});
});

test('the server of who knocks is told that the answer is no', async () => {
  const { world, alice, bob } = await aWorld();
  const roomId = await aRoom(alice, {
    initial_state: [{ type: 'm.room.join_rules', content: { join_rule: 'knock' } }],
  });
  await bob.ok('POST', `/_matrix/client/v3/knock/${encodeURIComponent(roomId)}?via=hs1.test`, {});
  await put('kick', alice, roomId, bob);
  await quiet(world);
  assert.ok(
    world.sent.some(
      ({ from, to, target }) => from === 'hs1.test' && to === 'hs2.test:8448' && target.includes('/send/'),
    ),
  );
});

test('an invite that is rejected when nobody is left in the room is shown to be over', async () => {
  const { alice, bob } = await aWorld();
  const roomId = await aRoom(alice, { preset: 'private_chat', invite: [bob.userId] });
  const { next_batch: since } = await bob.sync();
  await alice.ok('POST', path(roomId, 'leave'), {});
  await bob.ok('POST', path(roomId, 'leave'), {});
  const left = (await bob.sync({ since })).rooms?.leave?.[roomId] as unknown as { state: { events: object[] } };
  const [event] = left.state.events as { state_key: string; content: Record<string, string> }[];
  assert.deepEqual([event?.state_key, event?.content['membership']], [bob.userId, 'leave']);
});

test('whose ban is over comes back by an invite of who is in the room', async () => {
  const { world, alice, bob } = await aWorld();
  const roomId = await aRoom(alice);
  await bob.ok('POST', joinPath(roomId, 'hs1.test'), {});
  await quiet(world);
  await put('ban', alice, roomId, bob);
  await quiet(world);
  await put('unban', alice, roomId, bob);
  await invite(alice, roomId, bob);
  assert.equal(await isInvited(bob, roomId), true);
  await bob.ok('POST', joinPath(roomId, 'hs1.test'), {});
  await quiet(world);
  assert.equal((await members(alice, roomId))[bob.userId], 'join');
});

test('who accepts an invite to a direct chat elsewhere is told by the join that it is one, and who invited', async () => {
  const { alice, bob } = await aWorld();
  const roomId = await aRoom(alice, { preset: 'private_chat', is_direct: true, invite: [bob.userId] });
  await bob.ok('POST', joinPath(roomId), {});
  const room = (await bob.sync()).rooms?.join?.[roomId];
  const join = room?.timeline?.events?.find(({ type }) => type === 'm.room.member');
  const unsigned = (join as unknown as { unsigned: Record<string, unknown> }).unsigned;
  assert.equal(unsigned['prev_sender'], alice.userId);
  const { membership, is_direct: direct } = unsigned['prev_content'] as Record<string, unknown>;
  assert.deepEqual([membership, direct], ['invite', true]);
});

test('forged ends of an invite end nothing', async () => {
  const { world, hs2, alice, bob } = await aWorld();
  const roomId = await aRoom(alice, { preset: 'public_chat' });
  const eve = new Visitor(world.scripted('evil.test'), 'hs1.test');
  await eve.join(roomId);
  await invite(alice, roomId, bob);
  const content = { membership: 'leave' };
  const more = { state_key: bob.userId, depth: 1000 };
  const ends = [
    eve.event(roomId, 'm.room.member', content, more),
    eve.event(roomId, 'm.room.member', content, { ...more, sender: alice.userId }),
    eve.event(roomId, 'm.room.member', content, { ...more, sender: bob.userId }),
  ];
  const { status } = await eve.server.transaction(
    'hs2.test',
    ends.map(({ text }) => text),
  );
  assert.equal(status, 200);
  assert.equal(await isInvited(bob, roomId), true);
  assert.deepEqual(hs2.errors, []);
});
