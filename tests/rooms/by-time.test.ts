// The event nearest to a time. https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidtimestamp_to_event
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alice, aRoom, bob } from './world.ts';

test('a long stretch that is hidden does not keep what comes after it from being found', async () => {
  const room = await aRoom('12', { visibility: 'joined' });
  const { clock } = room.world;
  clock.time += 1000;
  const begun = clock.time;
  for (let number = 0; number < 2500; number++) await room.send(alice, 'hidden');
  clock.time += 1000;
  await room.member(bob, 'join');
  const found = await room.room.reading.eventByTime(bob, begun, 'f');
  assert.equal(found.originServerTs, clock.time);
  const before = await room.room.reading.eventByTime(bob, clock.time - 1, 'b');
  assert.ok(before.originServerTs < begun);
});

test('a clock that was set back does not hide what is near', async () => {
  const room = await aRoom();
  const { clock } = room.world;
  clock.time += 10_000;
  await room.send(alice, 'from the future');
  clock.time -= 5000;
  const id = await room.send(alice, 'after the clock was set back');
  const found = await room.room.reading.eventByTime(alice, clock.time - 1, 'f');
  assert.equal(found.eventId, id);
});
