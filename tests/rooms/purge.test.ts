// A room that everybody has left and forgotten is deleted. https://spec.matrix.org/v1.19/client-server-api/#leaving-rooms
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Requester } from '../../src/ports/contracts/requester.ts';
import { refusal } from './refusal.ts';
import { alice, aRoom, bob, charlie, said, TestRoom, World } from './world.ts';

const leaveAndForget = async (room: TestRoom, ...people: readonly Requester[]): Promise<void> => {
  for (const by of people) {
    await room.member(by, 'leave');
    await room.room.lifecycle.forget(by);
  }
};

/** The tables that have rows of the room, without those that say that there was one. */
function tables({ world }: TestRoom): readonly string[] {
  const { sql } = world;
  return sql
    .all<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'room\\_%' ESCAPE '\\'`)
    .map(({ name }) => name)
    .filter((name) => name !== 'room_purges' && name !== 'room_listing')
    .filter((name) => sql.first(`SELECT 1 AS found FROM ${name} LIMIT 1`) !== undefined);
}

const exists = (room: TestRoom): Promise<boolean> => room.room.lifecycle.exists();

async function lived(people: readonly Requester[] = [bob, charlie]): Promise<TestRoom> {
  const room = await aRoom();
  for (const by of people) await room.member(by, 'join');
  const eventId = await room.send(alice, 'hello');
  await room.relate(bob, 'm.annotation', eventId);
  await room.room.ephemeral.receipt(bob, { type: 'm.read', eventId, threadId: undefined });
  return room;
}

test('a room that everybody has left and forgotten is gone with all its rows', async () => {
  const room = await lived();
  await leaveAndForget(room, alice, bob, charlie);
  assert.ok(await exists(room));
  await room.room.alarm();
  assert.equal(await exists(room), false);
  assert.deepEqual(tables(room), []);
  assert.deepEqual(room.world.unnamed, [room.id]);
  const forbidden = { status: 403, errcode: 'M_FORBIDDEN' };
  await assert.rejects(room.page(alice, {}), forbidden);
  await assert.rejects(room.room.reading.state(alice), forbidden);
  await assert.rejects(room.window(alice, { membership: 'leave', to: 9 }), forbidden);
  await assert.rejects(room.send(alice, 'too late'), forbidden);
  await assert.rejects(room.member(alice, 'join'), { status: 404, errcode: 'M_NOT_FOUND' });
  await room.room.lifecycle.forget(alice);
  await room.room.alarm();
  room.world.restart();
  assert.equal(await exists(room), false);
});

test('one who is in it, invited, knocking, or remembers it, keeps a room', async () => {
  const ways: readonly (readonly [name: string, keep: (room: TestRoom) => Promise<void>])[] = [
    ['in it', async (room) => leaveAndForget(room, bob)],
    [
      'invited',
      async (room) => {
        await leaveAndForget(room, bob);
        await room.member(alice, 'invite', bob);
        await leaveAndForget(room, alice);
      },
    ],
    [
      'knocking',
      async (room) => {
        await room.state(alice, 'm.room.join_rules', '', { join_rule: 'knock' });
        await leaveAndForget(room, bob);
        await room.member(bob, 'knock');
        await leaveAndForget(room, alice);
      },
    ],
    [
      'remembering',
      async (room) => {
        await room.member(bob, 'leave');
        await leaveAndForget(room, alice);
      },
    ],
    [
      'banned, and remembering',
      async (room) => {
        await room.member(alice, 'ban', bob);
        await leaveAndForget(room, alice);
      },
    ],
  ];
  for (const [name, keep] of ways) {
    const room = await lived();
    await leaveAndForget(room, charlie);
    await keep(room);
    await room.room.alarm();
    assert.ok(await exists(room), name);
  }
});

test('an invite that nobody accepted, and a ban of somebody who never came, keep nothing', async () => {
  const room = await lived([bob]);
  await room.member(alice, 'invite', charlie);
  await leaveAndForget(room, alice, bob);
  await room.room.alarm();
  assert.ok(await exists(room));
  // The last one never was in it, and has nothing to forget.
  await room.member(charlie, 'leave');
  await room.room.alarm();
  assert.equal(await exists(room), false);
});

test('a room waits until everybody’s group has heard that they have left', async () => {
  const room = await lived();
  room.world.group(2).down = true;
  await room.member(alice, 'kick', charlie);
  await room.room.lifecycle.forget(charlie);
  await leaveAndForget(room, bob, alice);
  await room.room.alarm();
  assert.ok(await exists(room));
  room.world.group(2).down = false;
  await room.room.alarm();
  assert.equal(await exists(room), false);
  assert.equal(room.world.group(2).rooms.get(room.id)?.entries.at(-1)?.memberships[0]?.membership, 'leave');
});

test('a published room is taken out of the directory, as soon as that hears of it', async () => {
  const room = await aRoom('12', { steps: [{ kind: 'publish' }] });
  await leaveAndForget(room, alice);
  room.world.homeIsDown = true;
  await room.room.alarm();
  assert.equal(await exists(room), false);
  assert.deepEqual([room.world.unlisted, room.world.unnamed], [[], []]);
  const alarms = room.world.alarms.length;
  await room.room.alarm();
  assert.ok(room.world.alarms.length > alarms, 'the alarm comes again');
  room.world.homeIsDown = false;
  room.world.restart();
  await room.room.alarm();
  assert.deepEqual(room.world.unlisted, [[room.id, 2]]);
  await room.room.alarm();
  assert.equal(room.world.unlisted.length, 1);
});

test('a purge that breaks off anywhere is taken up, and until then nobody sees anything of the room', async () => {
  const broken = new Error('broken off');
  for (let at = 1; ; at++) {
    const room = await lived();
    for (let n = 0; n < 450; n++) await room.send(alice, `message ${n}`);
    await leaveAndForget(room, alice, bob, charlie);
    let passed = 0;
    room.world.failpoint = (name) => {
      if (name.startsWith('rooms.purge') && ++passed === at) throw broken;
    };
    await room.room.alarm();
    room.world.failpoint = () => {};
    const isWhole = passed < at;
    room.world.restart();
    assert.equal(await exists(room), false, `broken off at ${at}`);
    await assert.rejects(room.page(alice, {}), { status: 403 });
    if (isWhole) {
      assert.ok(at > 5, 'it went in pieces');
      break;
    }
    await room.room.alarm();
    assert.deepEqual(tables(room), [], `broken off at ${at}`);
    assert.equal(room.world.sql.first<{ under_way: number }>('SELECT under_way FROM room_purges')?.under_way, 0);
  }
});

test('a room of which something is left cannot begin again, and one that does begins another epoch', async () => {
  const world = new World();
  const { roomId, pdu } = await world.home.draftCreateEvent({
    sender: alice.userId,
    roomVersion: '12',
    content: {},
  });
  const room = new TestRoom(world, roomId);
  const begin = (): Promise<void> => room.room.writing.create(alice, pdu, []);
  await begin();
  await room.send(alice, 'before');
  assert.equal((await room.room.reading.log(1, 0)).epoch, 1);
  await leaveAndForget(room, alice);
  world.homeIsDown = true;
  await room.room.alarm();
  await assert.rejects(begin(), refusal(400, 'M_ROOM_IN_USE'));
  world.homeIsDown = false;
  await room.room.alarm();
  await begin();
  const { epoch, entries } = await room.room.reading.log(1, 0);
  assert.deepEqual([epoch, entries.length], [2, 2]);
  assert.deepEqual((await room.page(alice, {})).chunk.map(said), ['m.room.member', 'm.room.create']);
  // And ends again.
  await leaveAndForget(room, alice);
  await room.room.alarm();
  assert.equal(await exists(room), false);
});
