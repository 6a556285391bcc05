// GET /members, /joined_members and /state.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/spec/json.ts';
import { alice, aRoom, bob, charlie } from './world.ts';

function names(events: readonly JsonObject[]): unknown[] {
  return events.map((event) => event['state_key']);
}

test('members are chosen by membership, or by what it is not, or by either', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  await room.member(alice, 'kick', bob);
  await room.member(alice, 'invite', charlie);
  const members = async (filter: { membership?: string; notMembership?: string }): Promise<unknown[]> =>
    names(await room.room.reading.members(alice, filter));
  assert.deepEqual(await members({}), [alice.userId, bob.userId, charlie.userId]);
  assert.deepEqual(await members({ membership: 'join' }), [alice.userId]);
  assert.deepEqual(await members({ notMembership: 'leave' }), [alice.userId, charlie.userId]);
  assert.deepEqual(await members({ membership: 'leave', notMembership: 'join' }), [bob.userId, charlie.userId]);
});

test('members may be asked for as they were at a token', async () => {
  const room = await aRoom();
  const at = room.pos;
  await room.member(bob, 'join');
  assert.deepEqual(names(await room.room.reading.members(alice, { at })), [alice.userId]);
  assert.deepEqual(names(await room.room.reading.members(alice, {})), [alice.userId, bob.userId]);
});

test('joined members are told with their profiles', async () => {
  const room = await aRoom();
  await room.member(alice, 'invite', bob);
  assert.deepEqual(await room.room.reading.joinedMembers(alice), [
    { userId: alice.userId, displayName: 'alice', avatarUrl: undefined },
  ]);
});

test('a list longer than one piece is whole and in order', async () => {
  const room = await aRoom();
  for (let number = 0; number < 600; number++) await room.member(room.world.addUser(`user${number}`, 1), 'join');
  const members = await room.room.reading.members(alice, {});
  assert.equal(members.length, 601);
  assert.equal(names(members)[600], '@user599:hearth.test');
  assert.equal((await room.room.reading.joinedMembers(alice)).length, 601);
  assert.equal((await room.room.reading.state(alice)).length, 604);
  assert.equal((await room.window(alice)).stateCount, 604 - 10);
});
