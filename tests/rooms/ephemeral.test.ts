// Typing notices and receipts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal } from './refusal.ts';
import { alice, aRoom, bob, charlie } from './world.ts';

test('typing is told whole to every group, and ends by itself', async () => {
  const room = await aRoom();
  await room.member(charlie, 'join');
  await room.room.ephemeral.typing(alice, 30_000);
  await room.room.ephemeral.typing(charlie, 10_000);
  await room.room.ephemeral.typing(alice, 30_000);
  room.world.clock.pass(10_000);
  room.world.clock.pass(20_000);
  for (const group of [1, 2]) {
    assert.deepEqual(room.world.group(group).typing, [
      [alice.userId],
      [alice.userId, charlie.userId],
      [alice.userId],
      [],
    ]);
  }
});

test('who types on for long is told of again, so that the groups do not forget them', async () => {
  const room = await aRoom();
  for (let passed = 0; passed < 180_000; passed += 20_000) {
    await room.room.ephemeral.typing(alice, 30_000);
    room.world.clock.pass(20_000);
  }
  assert.deepEqual(room.world.group(1).typing, [[alice.userId], [alice.userId], [alice.userId]]);
});

test('who sends a message, leaves or is kicked types no more', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  const { typing } = room.world.group(1);
  await room.room.ephemeral.typing(bob, 30_000);
  await room.send(bob, 'x');
  assert.deepEqual(typing, [[bob.userId], []]);
  await room.room.ephemeral.typing(bob, 30_000);
  await room.member(alice, 'kick', bob);
  assert.deepEqual(typing.slice(2), [[bob.userId], []]);
});

test('a refused message ends nothing', async () => {
  const room = await aRoom();
  await room.room.ephemeral.typing(alice, 30_000);
  await assert.rejects(room.room.writing.send(alice, { type: 'm.room.message', content: {} }, undefined));
  assert.deepEqual(room.world.group(1).typing, [[alice.userId]]);
});

test('a receipt never goes back', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  const first = await room.send(alice, 'a');
  const second = await room.send(alice, 'b');
  const read = (eventId: string): Promise<void> =>
    room.room.ephemeral.receipt(bob, { type: 'm.read', eventId, threadId: undefined });
  await read(second);
  await read(first);
  room.world.restart();
  await read(first);
  const { receipts } = await room.window(alice, { receiptsAfter: 'all' });
  assert.deepEqual(JSON.parse(receipts ?? ''), {
    [second]: { 'm.read': { [bob.userId]: { ts: room.world.clock.now() } } },
  });
});

test('a private receipt is shown to its user alone', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  const eventId = await room.send(alice, 'a');
  await room.room.ephemeral.receipt(bob, { type: 'm.read.private', eventId, threadId: 'main' });
  assert.equal((await room.window(alice, { receiptsAfter: 'all' })).receipts, undefined);
  const { receipts } = await room.window(bob, { receiptsAfter: 'all' });
  const receipt = { ts: room.world.clock.now(), thread_id: 'main' };
  assert.deepEqual(JSON.parse(receipts ?? ''), { [eventId]: { 'm.read.private': { [bob.userId]: receipt } } });
});

test('receipts are told once a second, as the position they have come to', async () => {
  const room = await aRoom();
  const ids = [await room.send(alice, 'a'), await room.send(alice, 'b'), await room.send(alice, 'c')];
  for (const eventId of ids) await room.room.ephemeral.receipt(alice, { type: 'm.read', eventId, threadId: undefined });
  const { receipts } = room.world.group(1);
  assert.deepEqual(receipts, [1]);
  room.world.clock.pass(1000);
  assert.deepEqual(receipts, [1, 3]);
  assert.equal((await room.window(alice, { receiptsAfter: 3 })).receipts, undefined);
  assert.ok((await room.window(alice, { receiptsAfter: 1 })).receipts?.includes(ids[2] ?? '?'));
});

test('a receipt that waited to be told when the room was dropped from memory is told by the alarm', async () => {
  const room = await aRoom();
  const ids = [await room.send(alice, 'a'), await room.send(alice, 'b')];
  room.world.alarms.length = 0;
  for (const eventId of ids) await room.room.ephemeral.receipt(alice, { type: 'm.read', eventId, threadId: undefined });
  const { receipts } = room.world.group(1);
  assert.deepEqual(receipts, [1]);
  room.world.restart();
  await room.room.alarm();
  assert.deepEqual(receipts, [1, 2]);
  await room.room.alarm();
  assert.deepEqual(receipts, [1, 2]);
});

test('a receipt is for an event of the room that its user can see', async () => {
  const room = await aRoom('12', { visibility: 'joined' });
  const hidden = await room.send(alice, 'a');
  await room.member(bob, 'join');
  const receipt = (eventId: string): Promise<void> =>
    room.room.ephemeral.receipt(bob, { type: 'm.read', eventId, threadId: undefined });
  await assert.rejects(receipt(hidden), refusal(404, 'M_NOT_FOUND'));
  await assert.rejects(receipt('$no-such-event'), refusal(404, 'M_NOT_FOUND'));
});

test('of a private receipt no group is told, not by the alarm either', async () => {
  const room = await aRoom();
  const eventId = await room.send(alice, 'a');
  await room.room.ephemeral.receipt(alice, { type: 'm.read.private', eventId, threadId: undefined });
  room.world.restart();
  await room.room.alarm();
  assert.deepEqual(room.world.group(1).receipts, []);
});

test('receipts in very many threads leave the newest, and those of others and outside of threads', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  const read = (by: typeof bob, eventId: string, threadId: string | undefined): Promise<void> =>
    room.room.ephemeral.receipt(by, { type: 'm.read', eventId, threadId });
  const ids: string[] = [];
  for (let n = 0; n < 1005; n++) ids.push(await room.send(alice, String(n)));
  await read(alice, ids[0]!, ids[0]!);
  await read(bob, ids[1]!, undefined);
  for (const id of ids.slice(2)) await read(bob, id, id);
  const { receipts } = await room.window(alice, { receiptsAfter: 'all' });
  const told = Object.keys(JSON.parse(receipts ?? '') as object);
  assert.deepEqual(told, [ids[0], ids[1], ...ids.slice(5)]);
});
