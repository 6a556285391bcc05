// Whose devices a client of the simulation follows when a room was left out of an answer.
// https://spec.matrix.org/v1.19/client-server-api/#tracking-the-device-list-for-a-user
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hearth } from '../../api/hearth.ts';
import { Client, roomPath } from '../../black-box/client.ts';
import { Moods } from '../../sync/moods.ts';
import { Device } from './device.ts';
import type { SyncHow, SyncWish } from './operations.ts';
import { Record } from './record.ts';

const PLAIN: SyncHow = { timeoutMs: 0, fullState: false, back: 0, twice: false };
const WISH: SyncWish = { limit: 3, stateAfter: true, messagesOnly: false, lazy: false, fillsTo: true };

/** Alice's device, which is about to sync for the first time, in a room with Bob. */
async function world() {
  const moods = new Moods();
  const hearth = new Hearth({}, moods.between);
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(roomId);
  await hearth.settle();
  const device = new Device(alice, WISH, new Record());
  const sync = async (how: Partial<SyncHow> = {}): Promise<string[]> => {
    await device.sync({ ...PLAIN, ...how });
    return [...device.tracked.keys()].filter((userId) => userId !== alice.userId);
  };
  return { moods, hearth, alice, bob, roomId, sync };
}

test('a room that the first answer left out brings its members with it', async () => {
  const { moods, bob, roomId, sync } = await world();
  moods.failing.add(roomId);
  assert.deepEqual(await sync(), []);
  moods.failing.clear();
  assert.deepEqual(await sync(), [bob.userId]);
});

test('a room of which the first answer told account data alone brings its members, too', async () => {
  const { moods, alice, bob, roomId, sync } = await world();
  await alice.ok('PUT', `/_matrix/client/v3/user/${alice.userId}/rooms/${roomId}/account_data/m.tag`, { tags: {} });
  moods.failing.add(roomId);
  assert.deepEqual(await sync(), []);
  moods.failing.clear();
  assert.deepEqual(await sync(), [bob.userId]);
});

test('who left is not followed again for a room that is left out and is known as it was before', async () => {
  const { moods, hearth, bob, roomId, sync } = await world();
  assert.deepEqual(await sync(), [bob.userId]);
  await bob.ok('POST', `${roomPath(roomId)}/leave`, {});
  await hearth.settle();
  moods.failing.add(roomId);
  assert.deepEqual(await sync(), []);
  assert.deepEqual(await sync({ fullState: true }), []);
  moods.failing.clear();
  assert.deepEqual(await sync(), []);
});
