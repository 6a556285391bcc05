// What asking the stream costs, counted in statements and in memberships looked at: never by how many rooms there are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALICE, BOB, CAROL, StreamWorld } from './stream-world.ts';

const roomId = (n: number): string => `!room${n}:hs1`;

/** Alice and Bob share these rooms; `spent` counts what an operation takes. */
async function world(rooms: number) {
  const made = new StreamWorld();
  for (let n = 0; n < rooms; n++) await made.happen(roomId(n), [ALICE, 'join'], [BOB, 'join']);
  const { nextBatch } = await made.news(made.by(ALICE));
  await made.stream.hasNews(made.by(ALICE), nextBatch);
  await made.stream.hasNews(made.by(BOB), nextBatch);
  let looked = 0;
  for (let n = 0; n < rooms; n++) {
    const { members } = made.stream.rooms.get(roomId(n))!;
    const get = members.get.bind(members);
    members.get = (userId) => {
      looked += 1;
      return get(userId);
    };
  }
  const spent = async (operation: () => Promise<unknown>): Promise<readonly [statements: number, looked: number]> => {
    const before = [made.sql.statements, looked] as const;
    await operation();
    return [made.sql.statements - before[0], looked - before[1]];
  };
  return { made, spent, since: nextBatch };
}

for (const rooms of [3, 300, 3000]) {
  test(`asking in vain costs nothing with ${rooms} rooms`, async () => {
    const { made, spent, since } = await world(rooms);
    const by = made.by(ALICE);
    const nothing = [0, 0];
    assert.deepEqual(await spent(() => made.stream.hasNews(by, since)), nothing);
    assert.deepEqual(await spent(() => made.news(by, since)), nothing);
    // What moves for others is none of it.
    await made.happen('!other:hs1', [BOB, 'join'], [CAROL, 'join']);
    await made.stream.applyTyping('!other:hs1', [CAROL]);
    made.noteDevices(CAROL);
    assert.deepEqual(await spent(() => made.stream.hasNews(by, since)), nothing);
    assert.deepEqual(await spent(() => made.news(by, since)), nothing);
  });

  test(`one message among ${rooms} rooms costs as much as among three`, async () => {
    const { made, spent, since } = await world(rooms);
    await made.happen(roomId(1));
    const [statements, looked] = await spent(async () => {
      assert.equal(await made.stream.hasNews(made.by(ALICE), since), true);
      assert.equal((await made.news(made.by(ALICE), since)).rooms.length, 1);
    });
    assert.equal(statements, 0);
    assert.ok(looked <= 6, String(looked));
  });
}

test('a join is told of without looking at who was there before', async () => {
  const made = new StreamWorld();
  const crowd = Array.from({ length: 5000 }, (_, n): [string, string] => [`@user${n}:hs2`, 'join']);
  await made.happen(roomId(1), [ALICE, 'join'], ...crowd);
  const { nextBatch: since } = await made.news(made.by(ALICE));
  await made.happen(roomId(1), [CAROL, 'join']);
  const { members } = made.stream.rooms.get(roomId(1))!;
  members.values = () => {
    throw new Error('all were looked at');
  };
  assert.deepEqual((await made.news(made.by(ALICE), since)).devicesChanged, [CAROL]);
});

test('a message rings for its readers without looking at who lives elsewhere', async () => {
  const made = new StreamWorld();
  const crowd = Array.from({ length: 500 }, (_, n): [string, string] => [`@user${n}:hs2`, 'join']);
  await made.happen(roomId(1), [ALICE, 'join'], ...crowd);
  const { members } = made.stream.rooms.get(roomId(1))!;
  members.values = () => {
    throw new Error('all were looked at');
  };
  made.rung.length = 0;
  await made.happen(roomId(1));
  assert.deepEqual(made.rung, [ALICE]);
});
