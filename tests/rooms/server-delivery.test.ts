// What a room tells the shards of Servers: which events are to be sent, and which servers came and went.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Elsewhere } from './serving/elsewhere.ts';
import { alice, aRoom, type TestRoom } from './world.ts';

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** The news in short: what was said, who came (+) and who left (−). */
async function news(room: TestRoom): Promise<string[]> {
  await settled();
  const told = room.world.shard.rooms.get(room.id)?.news ?? [];
  const { data } = new Elsewhere(room);
  return told.flatMap(({ event, joined, left }) => [
    ...(event === undefined
      ? []
      : [String(data.byId(event.eventId)?.pdu.content['body'] ?? data.byId(event.eventId)?.pdu.type)]),
    ...joined.map((server) => `+${server}`),
    ...left.map((server) => `-${server}`),
  ]);
}

test('a room without other servers tells nobody', async () => {
  const room = await aRoom('11');
  await room.send(alice, 'hello');
  assert.deepEqual(await news(room), []);
  assert.equal(room.world.shard.rooms.size, 0);
});

test('a server that comes is told of, and after it the events of our users but not those of others', async () => {
  const room = await aRoom('11');
  await room.send(alice, 'before');
  const eve = new Elsewhere(room);
  eve.member('join');
  eve.message('from elsewhere');
  await room.send(alice, 'after');
  assert.deepEqual(await news(room), ['+evil.test', 'after']);
});

test('the event that ends the stay of a server is the last that is for it', async () => {
  const room = await aRoom('11');
  const eve = new Elsewhere(room);
  eve.member('join');
  await room.room.writing.changeMembership(alice, { target: eve.userId, operation: 'ban', membership: 'ban' });
  await room.send(alice, 'without them');
  assert.deepEqual(await news(room), ['+evil.test', 'm.room.member', '-evil.test']);
});

test('a server stays while any of its users does', async () => {
  const room = await aRoom('11');
  const eve = new Elsewhere(room);
  const fred = new Elsewhere(room, '@fred:evil.test');
  eve.member('join');
  fred.member('join');
  eve.member('leave');
  await room.send(alice, 'one is left');
  fred.member('leave');
  await room.send(alice, 'nobody is left');
  assert.deepEqual(await news(room), ['+evil.test', 'one is left', '-evil.test']);
});

test('a shard that was away is told by the alarm, out of the log, each thing once', async () => {
  const room = await aRoom('11');
  const eve = new Elsewhere(room);
  room.world.shard.down = true;
  eve.member('join');
  for (const body of ['one', 'two', 'three']) await room.send(alice, body);
  assert.deepEqual(await news(room), []);
  room.world.shard.down = false;
  room.world.restart();
  await room.room.alarm();
  await room.room.alarm();
  assert.deepEqual(await news(room), ['+evil.test', 'one', 'two', 'three']);
});

test('a shard that has forgotten is told anew from where it stands', async () => {
  const room = await aRoom('11');
  new Elsewhere(room).member('join');
  await room.send(alice, 'one');
  await news(room);
  const known = room.world.shard.rooms.get(room.id)!;
  known.news.pop();
  known.pos -= 1;
  await room.send(alice, 'two');
  assert.deepEqual(await news(room), ['+evil.test', 'one', 'two']);
});

test('what is sent is the event as it is now, without what is for clients', async () => {
  const room = await aRoom('11');
  const id = await room.send(alice, 'secret');
  await room.room.writing.redact(alice, id, {}, { scope: 'PUT redact', id: 'r1' });
  const [text] = await room.room.sending.pdus([id, '$unknown']);
  assert.ok(text !== undefined && !text.includes('secret') && !text.includes('unsigned'));
});
