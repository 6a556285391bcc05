// What things cost, in statements, rows and bytes: counted, so that a change that makes them dearer is seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alice, aRoom, bob, type TestRoom } from './world.ts';

const TABLES = ['info', 'events', 'log', 'keys', 'nodes', 'members', 'groups', 'transactions', 'receipts'];

function rows(room: TestRoom): number {
  return TABLES.reduce(
    (sum, table) => sum + Number(room.world.sql.first(`SELECT count(*) AS n FROM room_${table}`)?.['n']),
    0,
  );
}

function bytes(room: TestRoom): number {
  const pragma = (name: string): number => Number(room.world.sql.first(`PRAGMA ${name}`)?.[name]);
  return pragma('page_count') * pragma('page_size');
}

test('a message is five statements and three new rows', async () => {
  const room = await aRoom();
  await room.send(alice, 'first');
  const [statements, before] = [room.world.sql.statements, rows(room)];
  await room.send(alice, 'second');
  const spent = room.world.sql.statements - statements;
  assert.equal(rows(room) - before, 3);
  // Looking for the transaction, the event, the transaction, the log, the head; counting the rows was as many as there are tables.
  assert.equal(spent - TABLES.length, 5);
});

test('a message takes at most 900 bytes', async () => {
  const room = await aRoom();
  for (let number = 0; number < 200; number++) await room.send(alice, `hello world, this is number ${number}`);
  const before = bytes(room);
  for (let number = 0; number < 3000; number++) await room.send(alice, `hello world, this is number ${number}`);
  assert.ok((bytes(room) - before) / 3000 <= 900, String((bytes(room) - before) / 3000));
});

test('a window of what was just sent asks the database once', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  await room.window(bob);
  const after = room.pos;
  await room.send(alice, 'x');
  const statements = room.world.sql.statements;
  await room.window(bob, { after });
  assert.equal(room.world.sql.statements - statements, 1);
});

test('what one reader was shown costs the others no statement, also the whole room, members who speak, and changed state', async () => {
  const room = await aRoom();
  const readers = Array.from({ length: 8 }, (_, number) => room.world.addUser(`user${number}`, 1));
  for (const reader of readers) await room.member(reader, 'join');
  for (let number = 0; number < 20; number++) await room.send(alice, 'x');
  const after = room.pos;
  await room.state(alice, 'm.room.topic', '', { topic: 'x' });
  await room.send(alice, 'y');
  const lazy = {
    timeline: {},
    state: { lazy_load_members: true },
    eventFields: undefined,
    eventFormat: 'client',
  } as const;
  for (const asked of [{}, { filter: lazy }, { stateAt: 'end' as const }, { after }, { after, filter: lazy }]) {
    await room.window(alice, asked);
    for (const reader of readers) {
      // Readers are looked up once.
      await room.window(reader, { after: room.pos });
      const before = room.world.sql.statements;
      await room.window(reader, { ...asked, receiptsAfter: 'all' });
      assert.equal(room.world.sql.statements - before, 0);
    }
  }
});
