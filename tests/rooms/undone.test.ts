// A commit that fails leaves the room as it was, in the tables and in memory, wherever it fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alice, aRoom, bob, TestRoom, World } from './world.ts';

async function picture(room: TestRoom): Promise<string> {
  const page = await room.page(alice, { limit: 50 });
  const window = await room.window(alice, { to: Number.MAX_SAFE_INTEGER, receiptsAfter: 'all' });
  return JSON.stringify([page.chunk, await room.room.reading.state(alice), window]);
}

const deeds: Record<string, (room: TestRoom) => Promise<unknown>> = {
  message: (room) => room.send(alice, 'x'),
  state: (room) => room.state(alice, 'm.room.topic', '', { topic: 'x' }),
  join: (room) => room.member(bob, 'join'),
  redaction: async (room) => room.room.writing.redact(alice, await lastMessage(room), {}, { scope: 'r', id: '1' }),
  receipt: async (room) =>
    room.room.ephemeral.receipt(alice, { type: 'm.read', eventId: await lastMessage(room), threadId: undefined }),
};

async function lastMessage(room: TestRoom): Promise<string> {
  const page = await room.page(alice, { limit: 1 });
  return String(page.chunk[0]?.['event_id']);
}

for (const [name, deed] of Object.entries(deeds)) {
  test(`a ${name} whose commit fails at any write has not happened, and can happen later`, async () => {
    const room = await aRoom();
    await room.send(alice, 'before');
    const before = await picture(room);
    let failures = 0;
    for (; failures < 50; failures++) {
      room.world.sql.writesLeft = failures;
      const failed = await deed(room).then(
        () => false,
        () => true,
      );
      room.world.sql.writesLeft = Infinity;
      if (!failed) break;
      assert.equal(await picture(room), before);
      room.world.restart();
      assert.equal(await picture(room), before);
    }
    assert.ok(failures > 0 && failures < 50);
    const after = await picture(room);
    assert.notEqual(after, before);
    room.world.restart();
    assert.equal(await picture(room), after);
    await room.send(alice, 'on we go');
  });
}

test('a room whose creation fails at any write is not there, and can be created later', async () => {
  const world = new World();
  const { roomId, pdu } = await world.home.draftCreateEvent({ sender: alice.userId, roomVersion: '12', content: {} });
  const create = (): Promise<void> =>
    world.room(roomId).writing.create(alice, pdu, [{ kind: 'invite', userId: bob.userId, content: {} }]);
  let failures = 0;
  for (; failures < 100; failures++) {
    world.sql.writesLeft = failures;
    const failed = await create().then(
      () => false,
      () => true,
    );
    world.sql.writesLeft = Infinity;
    if (!failed) break;
    assert.equal(world.sql.first('SELECT count(*) AS n FROM room_info')?.['n'], 0);
    await assert.rejects(world.room(roomId).reading.state(alice));
  }
  assert.ok(failures > 10 && failures < 100);
  await new TestRoom(world, roomId).member(bob, 'join');
});
