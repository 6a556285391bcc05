// https://spec.matrix.org/v1.19/client-server-api/#tracking-the-device-list-for-a-user
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALICE, BOB, CAROL, StreamWorld } from './stream-world.ts';

const [ONE, TWO] = ['!one:hs1', '!two:hs1'];

async function world() {
  const made = new StreamWorld();
  await made.happen(ONE, [ALICE, 'join'], [BOB, 'join']);
  let since = (await made.news(made.by(ALICE))).nextBatch;
  /** What Alice's client is told since it was told last. */
  const told = async () => {
    const { nextBatch, devicesChanged, devicesLeft } = await made.news(made.by(ALICE), since);
    const between = await made.stream.deviceListChanges(made.by(ALICE), since, nextBatch);
    assert.deepEqual(between, { changed: devicesChanged, left: devicesLeft });
    since = nextBatch;
    return [devicesChanged, devicesLeft];
  };
  return { made, told };
}

test('whoever joins a room of mine is to be looked at, and whoever leaves the last one may be forgotten', async () => {
  const { made, told } = await world();
  await made.happen(ONE, [CAROL, 'join']);
  assert.deepEqual(await told(), [[CAROL], []]);
  await made.happen(TWO, [ALICE, 'join'], [CAROL, 'join']);
  assert.deepEqual(await told(), [[CAROL], []]);
  await made.happen(ONE, [CAROL, 'leave']);
  assert.deepEqual(await told(), [[], []]);
  await made.happen(TWO, [CAROL, 'ban']);
  assert.deepEqual(await told(), [[], [CAROL]]);
  await made.happen(TWO, [CAROL, 'leave']);
  assert.deepEqual(await told(), [[], []]);
});

test('leaving a room leaves behind who was in it, and who left it meanwhile', async () => {
  const { made, told } = await world();
  await made.happen(TWO, [ALICE, 'join'], [CAROL, 'join'], [BOB, 'join']);
  await told();
  await made.happen(TWO, [CAROL, 'leave']);
  await made.happen(TWO, [ALICE, 'leave']);
  assert.deepEqual(await told(), [[], [CAROL]]);
  await made.happen(ONE, [ALICE, 'leave']);
  assert.deepEqual(await told(), [[], [BOB]]);
});

test('invites, knocks and their end tell nothing about devices', async () => {
  const { made, told } = await world();
  await made.happen(TWO, [BOB, 'join'], [CAROL, 'join']);
  for (const membership of ['invite', 'leave', 'knock', 'leave', 'ban']) {
    await made.happen(TWO, [ALICE, membership]);
    assert.deepEqual(await told(), [[], []], membership);
  }
  for (const membership of ['invite', 'leave', 'ban']) {
    await made.happen(ONE, [CAROL, membership]);
    assert.deepEqual(await told(), [[], []], membership);
  }
});

test('a new device is told to its owner and to all who share a room, also after a restart', async () => {
  const { made, told } = await world();
  made.noteDevices(CAROL);
  assert.deepEqual(await told(), [[], []]);
  for (const userId of [ALICE, BOB]) {
    made.noteDevices(userId);
    if (userId === BOB) made.restart();
    assert.deepEqual(await told(), [[userId], []]);
  }
  await made.happen(ONE, [BOB, 'leave']);
  made.noteDevices(BOB);
  assert.deepEqual(await told(), [[], [BOB]]);
});

test('who leaves and comes back is to be looked at, not forgotten', async () => {
  const { made, told } = await world();
  await made.happen(ONE, [BOB, 'leave']);
  await made.happen(ONE, [BOB, 'join']);
  assert.deepEqual(await told(), [[BOB], []]);
  await made.happen(ONE, [ALICE, 'leave']);
  await made.happen(ONE, [ALICE, 'join']);
  assert.deepEqual(await told(), [[BOB], []]);
});
