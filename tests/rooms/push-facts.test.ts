// What a room tells the Users groups so that push rules can be evaluated there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alice, aRoom, bob } from './world.ts';

test('an event is told with its content, its thread, the members and the levels for its rules', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  const root = await room.send(alice, 'root');
  const { eventId } = await room.room.writing.send(
    bob,
    {
      type: 'm.room.message',
      content: { msgtype: 'm.text', body: 'reply', 'm.relates_to': { rel_type: 'm.thread', event_id: root } },
    },
    undefined,
  );
  const told = room.world
    .group(1)
    .rooms.get(room.id)
    ?.entries.flatMap(({ event }) => event ?? []);
  const reply = told?.find((event) => event.eventId === eventId)?.push;
  assert.equal(reply?.threadId, root);
  assert.equal(reply?.content['body'], 'reply');
  assert.equal(reply?.joined, 2);
  assert.equal(reply?.senderLevel, 0);
  assert.deepEqual(reply?.notificationLevels, [['room', 50]]);
  const first = told?.find((event) => event.eventId === root)?.push;
  assert.equal(first?.threadId, 'main');
  assert.equal(first?.senderLevel, Number.MAX_SAFE_INTEGER);
});

test('a redaction is told with the place of what it pruned, and what is pruned is told without its content', async () => {
  const room = await aRoom();
  const eventId = await room.send(alice, 'regretted');
  await room.room.writing.redact(alice, eventId, {}, { scope: 'x', id: 'x' });
  const { entries } = await room.room.reading.log(1, 0);
  const target = entries.find(({ event }) => event?.eventId === eventId);
  assert.equal(target?.event?.push, undefined);
  assert.equal(entries.at(-1)?.event?.redacts, target?.roomPos);
});

test('entries told late say how many were in the room then, and a call stays small', async () => {
  const room = await aRoom();
  const alone = await room.send(alice, 'x'.repeat(60_000));
  await room.member(bob, 'join');
  const { entries } = await room.room.reading.log(1, 0);
  assert.equal(entries.find(({ event }) => event?.eventId === alone)?.event?.push?.joined, 1);
  assert.equal(entries.at(-1)?.event?.push?.joined, 2);
  for (let count = 0; count < 20; count += 1) await room.send(alice, 'x'.repeat(60_000));
  const late = await room.room.reading.log(1, 0);
  assert.ok(JSON.stringify(late.entries).length < 600_000);
});
