// The oldest entries of a long room go, and what is unread stays what it was.
// https://spec.matrix.org/v1.19/client-server-api/#receiving-notifications
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { ALICE, BOB, DAVE, PushWorld } from './push-world.ts';

const KEPT = 10_000;

async function settled(world: PushWorld): Promise<void> {
  for (let n = 0; n < 50; n++) await turn();
  assert.ok(rows(world, 'users_room_entries') < KEPT + 1000);
}

function rows(world: PushWorld, table: string): number {
  return Number(world.sql.first(`SELECT COUNT(*) AS n FROM ${table}`)?.['n']);
}

/** Alice has looked and Bob has not; a few thousand messages, of which every hundredth mentions Alice. */
async function longRoom(): Promise<PushWorld> {
  const world = new PushWorld();
  for (const userId of [ALICE, BOB]) world.move(userId, 'join');
  await world.tell();
  talk(world, 12_000);
  return world;
}

function talk(world: PushWorld, count: number): void {
  for (let n = 0; n < count; n++)
    world.say({ sender: DAVE, thread: 'main', body: 'x', mentions: n % 100 === 0 ? [ALICE] : [] });
}

test('what is unread is the same after the oldest entries have gone, also after a restart, and goes on from there', async () => {
  const world = await longRoom();
  await world.tell();
  assert.deepEqual(world.counts(ALICE), { main: [12_000, 120] });
  await settled(world);
  for (const woken of [false, true]) {
    if (woken) world.restart();
    assert.deepEqual(world.counts(ALICE), { main: [12_000 + (woken ? 1 : 0), 120 + (woken ? 1 : 0)] });
    assert.deepEqual(world.counts(BOB), { main: [12_000 + (woken ? 1 : 0), 0] });
    talk(world, 1);
    await world.tell();
  }
  const room = world.stream.rooms.get(world.roomId)!;
  await world.push.read(ALICE, world.roomId, undefined, room.applied - 5, false);
  assert.deepEqual(world.counts(ALICE), { main: [5, 2] });
});

test('what was redacted before the oldest entries went is counted by nobody after, and is forgotten', async () => {
  const world = await longRoom();
  await world.tell();
  world.counts(ALICE);
  await settled(world);
  const { applied } = world.stream.rooms.get(world.roomId)!;
  for (const back of [10, 20, 30]) world.redact(applied - back);
  await world.tell();
  assert.equal(rows(world, 'users_voids'), 3);
  talk(world, 1500);
  await world.tell();
  await settled(world);
  assert.equal(rows(world, 'users_voids'), 1);
  world.restart();
  assert.equal(world.counts(ALICE)['main']?.[0], 12_000 - 3 + 1500);
  assert.equal(world.counts(BOB)['main']?.[0], 12_000 - 3 + 1500);
});

test('a token from before the oldest entry that is kept is told the room as if it were new', async () => {
  const world = await longRoom();
  const by = { userId: ALICE, deviceId: 'D', group: 1 };
  const request = { fullState: false, includeLeave: false, owed: [] };
  const { nextBatch: old } = await world.stream.news(by, { ...request, since: undefined });
  await world.tell();
  const { nextBatch: recent } = await world.stream.news(by, { ...request, since: undefined });
  await settled(world);
  talk(world, 100);
  await world.tell();
  world.restart();
  const told = async (since: string) => (await world.stream.news(by, { ...request, since })).rooms[0];
  assert.deepEqual([(await told(old))?.after, (await told(recent))?.after], [undefined, 12_002]);
});
