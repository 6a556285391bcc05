// GET /members, /joined_members and /state.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/spec/json.ts';
import { refusal } from './refusal.ts';
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

test('a token before the first event stands for the beginning of the room, when its creator had joined', async () => {
  const room = await aRoom();
  const window = await room.window(alice, { limit: 100 });
  await room.member(bob, 'join');
  assert.equal(window.prevBatch, 0);
  assert.deepEqual(names(await room.room.reading.members(alice, { at: window.prevBatch })), [alice.userId]);
});

test('members at a moment that is hidden from the reader are hidden, at the edge of what is shown they are not', async () => {
  const room = await aRoom('12', { visibility: 'joined' });
  const hidden = room.pos;
  await room.send(alice, 'hidden');
  const edge = room.pos;
  await room.member(bob, 'join');
  await assert.rejects(room.room.reading.members(bob, { at: hidden }), refusal(403, 'M_FORBIDDEN'));
  // The timeline of Bob's first /sync begins with his join: this is its prev_batch, and the state there is told by /sync.
  assert.deepEqual(names(await room.room.reading.members(bob, { at: edge })), [alice.userId]);
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
