// Branches of a room that hold different states: what stands where they meet, and what the room makes of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/spec/json.ts';
import { entriesAfter } from '../../src/rooms/delivery/entries.ts';
import type { RoomData } from '../../src/rooms/room-data.ts';
import type { StoredEvent } from '../../src/rooms/stored-event.ts';
import { dataOf, event, offer, stored, type Written } from './foreign-events.ts';
import { alice, aRoom, bob, charlie, type TestRoom } from './world.ts';

const VERSIONS = ['3', '6', '10', '11', '12'];

/** Takes an event made of what `data` held, and says what was stored. */
function takes(room: TestRoom, data: RoomData, written: Written): StoredEvent {
  return stored(offer(room, dataOf(room), event(data, written, room.world.signer)));
}

function topic(text: string): Pick<Written, 'type' | 'stateKey' | 'content'> {
  return { type: 'm.room.topic', stateKey: '', content: { topic: text } };
}

function member(target: string, membership: string): Pick<Written, 'type' | 'stateKey' | 'content'> {
  return { type: 'm.room.member', stateKey: target, content: { membership } };
}

function held(room: TestRoom, type: string, stateKey = ''): JsonObject | undefined {
  const data = dataOf(room);
  return data.stateContent(data.head.root, type, stateKey);
}

/** The ids that an event by somebody cites for what `member` needs: a target's membership among them. */
function citing(data: RoomData, by: string, target: string): string[] {
  const keys = [
    ['m.room.create', ''],
    ['m.room.power_levels', ''],
    ['m.room.member', by],
    ['m.room.member', target],
  ] as const;
  const wanted = data.version.roomIdIsCreateHash ? keys.slice(1) : keys;
  return wanted.flatMap(([type, key]) => data.stateEvent(data.head.root, type, key)?.pdu.eventId ?? []);
}

for (const version of VERSIONS) {
  test(`v${version}: of two topics set beside each other one stands, and the next event follows both`, async () => {
    const room = await aRoom(version);
    const fork = dataOf(room);
    const now = room.world.clock.now();
    const one = takes(room, fork, { by: alice, ...topic('one'), originServerTs: now + 1 });
    const two = takes(room, fork, { by: alice, ...topic('two'), originServerTs: now + 2, depth: fork.head.depth + 2 });
    assert.deepEqual([one.verdict, two.verdict], ['accepted', 'accepted']);
    assert.equal(dataOf(room).head.extremities.length, 2);
    assert.deepEqual(held(room, 'm.room.topic'), { topic: 'two' });
    const data = dataOf(room);
    assert.equal(data.log.rootAt(data.head.roomPos), data.head.root);
    room.world.restart();
    const id = await room.send(alice, 'joined again');
    const next = dataOf(room).byId(id);
    assert.deepEqual(new Set(next?.pdu.prevEvents), new Set([one.pdu.eventId, two.pdu.eventId]));
    assert.deepEqual(held(room, 'm.room.topic'), { topic: 'two' });
  });

  test(`v${version}: what resolution overrides is overridden in the list of members, too`, async () => {
    const room = await aRoom(version, { joinRule: 'public' });
    await room.member(bob, 'join');
    await room.member(charlie, 'join');
    const fork = dataOf(room);
    // Bob leaves and comes back on one branch, while Alice bans him on another.
    const banned = takes(room, fork, {
      by: alice,
      ...member(bob.userId, 'ban'),
      authEvents: citing(fork, alice.userId, bob.userId),
    });
    assert.equal(banned.verdict, 'accepted');
    assert.equal(dataOf(room).members.get(bob.userId)?.membership, 'ban');
    const left = takes(room, fork, { by: bob, ...member(bob.userId, 'leave') });
    assert.equal(left.verdict, 'soft-failed');
    const data = dataOf(room);
    assert.equal(data.members.get(bob.userId)?.membership, 'ban');
    assert.equal(data.head.joined, 2);
  });

  test(`v${version}: a state event on one branch does not undo what only the other has`, async () => {
    const room = await aRoom(version);
    const fork = dataOf(room);
    takes(room, fork, { by: alice, ...topic('mine') });
    takes(room, fork, { by: alice, type: 'm.room.name', stateKey: '', content: { name: 'ours' } });
    assert.deepEqual(held(room, 'm.room.topic'), { topic: 'mine' });
    assert.deepEqual(held(room, 'm.room.name'), { name: 'ours' });
    const data = dataOf(room);
    assert.notEqual(data.head.root, data.byNumber(data.head.eventCount - 1)?.rootAfter);
  });

  test(`v${version}: messages on branches with different states leave the state as it was resolved`, async () => {
    const room = await aRoom(version);
    const fork = dataOf(room);
    const one = takes(room, fork, { by: alice, ...topic('one') });
    takes(room, fork, { by: alice, type: 'm.room.name', stateKey: '', content: { name: 'ours' } });
    const before = dataOf(room).head.root;
    takes(room, dataOf(room), { by: alice, body: 'on one branch', prevEvents: [one.pdu.eventId] });
    assert.equal(dataOf(room).head.root, before);
  });
}

test('whose membership does not survive where branches meet is out, and is told so', async () => {
  const room = await aRoom('12', { joinRule: 'public' });
  const fork = dataOf(room);
  const now = fork.env.clock.now();
  const idOf = (type: string): string => fork.stateEvent(fork.head.root, type, '')?.pdu.eventId ?? '';
  const joins = { ...member(bob.userId, 'join'), authEvents: [idOf('m.room.power_levels'), idOf('m.room.join_rules')] };
  assert.equal(takes(room, fork, { by: bob, ...joins, originServerTs: now + 1 }).verdict, 'accepted');
  assert.equal(dataOf(room).head.joined, 2);
  const closed = { type: 'm.room.join_rules', stateKey: '', content: { join_rule: 'invite' } };
  assert.equal(takes(room, fork, { by: alice, ...closed, originServerTs: now + 2 }).verdict, 'accepted');
  const data = dataOf(room);
  assert.equal(data.stateEvent(data.head.root, 'm.room.member', bob.userId), undefined);
  assert.equal(data.members.get(bob.userId)?.membership, 'leave');
  assert.equal(data.head.joined, 1);
  // Before the event that brought it about, since no event of the timeline says so.
  const [entry] = entriesAfter(data, data.head.roomPos - 2, data.head.roomPos, 10);
  assert.equal(entry?.kind, 'state');
  const told = entry?.memberships.map(({ userId, membership, previous }) => [userId, membership, previous]);
  assert.deepEqual(told, [[bob.userId, 'leave', 'join']]);
});

test('a room from before the index of auth chains has it when branches meet', async () => {
  const room = await aRoom('10');
  for (let index = 0; index < 5; index++) await room.send(alice, `message ${index}`);
  await room.member(bob, 'join');
  const { database } = room.world.sql;
  database.exec(`DELETE FROM room_auth_chains; DELETE FROM room_auth_citations;
    INSERT INTO room_auth_backlog (owner, next) SELECT owner, 0 FROM room_info`);
  const fork = dataOf(room);
  takes(room, fork, { by: alice, ...topic('one') });
  takes(room, fork, { by: alice, ...topic('two'), originServerTs: fork.env.clock.now() + 1 });
  assert.deepEqual(held(room, 'm.room.topic'), { topic: 'two' });
  const count = (table: string): unknown => database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'];
  assert.equal(count('room_auth_backlog'), 0);
  const state = dataOf(room).states.all(dataOf(room).head.root).length;
  assert.ok(Number(count('room_auth_chains')) > state);
});

test('a change that is undone leaves nothing of a resolution', async () => {
  const room = await aRoom('12');
  const fork = dataOf(room);
  const data = dataOf(room);
  const one = event(fork, { by: alice, ...topic('one') }, room.world.signer);
  const two = event(fork, { by: alice, ...topic('two') }, room.world.signer);
  stored(offer(room, data, one));
  const before = data.head;
  room.world.sql.writesLeft = 6;
  assert.throws(() => offer(room, data, two), /full/);
  room.world.sql.writesLeft = Infinity;
  assert.deepEqual(data.head, before);
  stored(offer(room, data, two));
  room.world.restart();
  await room.send(alice, 'on we go');
  assert.equal(dataOf(room).head.extremities.length, 1);
});
