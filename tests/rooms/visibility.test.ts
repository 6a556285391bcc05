// Who sees what: every setting of the history visibility against every way in and out.
// https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Requester } from '../../src/ports/contracts/requester.ts';
import { RoomData } from '../../src/rooms/room-data.ts';
import { refusal } from './refusal.ts';
import { alice, aRoom, bob, said, type TestRoom } from './world.ts';

/** The messages, one after each step: before the invite, invited, joined, left, joined again. */
const MOMENTS = ['before', 'invited', 'joined', 'left', 'back'] as const;

async function live(room: TestRoom, user: Requester, until: (typeof MOMENTS)[number]): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const moment of MOMENTS) {
    if (moment === 'invited') await room.member(alice, 'invite', user);
    if (moment === 'joined' || moment === 'back') await room.member(user, 'join');
    if (moment === 'left') await room.member(user, 'leave');
    ids.set(moment, await room.send(alice, moment));
    if (moment === until) break;
  }
  return ids;
}

async function visible(room: TestRoom, user: Requester, ids: ReadonlyMap<string, string>): Promise<string[]> {
  const seen: string[] = [];
  for (const [moment, id] of ids) {
    const event = await room.room.reading.event(user, id).catch(() => undefined);
    if (event !== undefined) seen.push(moment);
  }
  return seen;
}

async function paged(room: TestRoom, user: Requester, direction: 'b' | 'f'): Promise<string[]> {
  const seen: string[] = [];
  let from: number | undefined;
  do {
    const page = await room.page(user, { direction, from, limit: 2, filter: { types: ['m.room.message'] } });
    seen.push(...page.chunk.map(said));
    from = page.end;
  } while (from !== undefined);
  return direction === 'b' ? seen.reverse() : seen;
}

/** What the specification's table says, by setting and by how far the user's life went. */
const TABLE: Record<string, Record<(typeof MOMENTS)[number], readonly string[]>> = {
  world_readable: {
    before: ['before'],
    invited: ['before', 'invited'],
    joined: ['before', 'invited', 'joined'],
    left: ['before', 'invited', 'joined', 'left'],
    back: ['before', 'invited', 'joined', 'left', 'back'],
  },
  shared: {
    before: [],
    invited: [],
    joined: ['before', 'invited', 'joined'],
    left: ['before', 'invited', 'joined'],
    back: ['before', 'invited', 'joined', 'left', 'back'],
  },
  invited: {
    before: [],
    invited: ['invited'],
    joined: ['invited', 'joined'],
    left: ['invited', 'joined'],
    back: ['invited', 'joined', 'back'],
  },
  joined: {
    before: [],
    invited: [],
    joined: ['joined'],
    left: ['joined'],
    back: ['joined', 'back'],
  },
};

for (const [setting, rows] of Object.entries({ ...TABLE, unset: TABLE['shared'], nonsense: TABLE['shared'] })) {
  for (const until of MOMENTS) {
    test(`history visibility ${setting}: what Bob sees who came as far as '${until}'`, async () => {
      const room = await aRoom('12', setting === 'unset' ? {} : { visibility: setting });
      const expected = rows?.[until] ?? [];
      const ids = await live(room, bob, until);
      assert.deepEqual(await visible(room, bob, ids), expected);
      room.world.restart();
      assert.deepEqual(await visible(room, bob, ids), expected);
      if (until === 'joined' || until === 'left' || until === 'back') {
        assert.deepEqual(await paged(room, bob, 'b'), expected);
        assert.deepEqual(await paged(room, bob, 'f'), expected);
      }
      if (until === 'joined' || until === 'back') {
        const window = await room.window(bob, { limit: 100 });
        const shown = window.events.filter((event) => event['type'] === 'm.room.message').map(said);
        // A timeline has no holes: it begins after the last thing that is hidden.
        assert.deepEqual(shown, expected.slice(expected.length - shown.length));
        assert.ok(shown.includes(until));
      }
    });
  }
}

test('a change of the visibility is seen if the setting before or after allows it', async () => {
  for (const [first, second] of [
    ['world_readable', 'joined'],
    ['joined', 'world_readable'],
  ] as const) {
    const room = await aRoom('12', { visibility: first });
    const id = await room.state(alice, 'm.room.history_visibility', '', { history_visibility: second });
    assert.equal((await room.room.reading.event(bob, id))['event_id'], id);
  }
});

test('a user sees the events that made them join and leave, but not the one that made them leave uninvited', async () => {
  const room = await aRoom('12', { visibility: 'joined' });
  await room.member(bob, 'join');
  const joined = String((await room.room.reading.stateEvent(bob, 'm.room.member', bob.userId))['event_id']);
  await room.member(alice, 'kick', bob);
  const left = String((await room.room.reading.stateEvent(bob, 'm.room.member', bob.userId))['event_id']);
  assert.notEqual(left, joined);
  assert.equal((await room.room.reading.event(bob, joined))['event_id'], joined);
  assert.equal((await room.room.reading.event(bob, left))['event_id'], left);
});

test('after leaving, the room is as it was then', async () => {
  for (const operation of ['leave', 'kick', 'ban'] as const) {
    const room = await aRoom('12');
    await room.member(bob, 'join');
    await room.state(alice, 'm.room.name', '', { name: 'before' });
    await room.member(operation === 'leave' ? bob : alice, operation, bob);
    await room.state(alice, 'm.room.name', '', { name: 'after' });
    await room.state(alice, 'm.room.topic', '', { topic: 'after' });
    const charlie = room.world.addUser('carl', 1);
    await room.member(charlie, 'join');
    const name = await room.room.reading.stateEvent(bob, 'm.room.name', '');
    assert.deepEqual(name['content'], { name: 'before' });
    await assert.rejects(room.room.reading.stateEvent(bob, 'm.room.topic', ''), refusal(404, 'M_NOT_FOUND'));
    assert.ok(!JSON.stringify(await room.room.reading.state(bob)).includes('after'));
    assert.equal((await room.room.reading.members(bob, {})).length, 2);
    await assert.rejects(room.room.reading.joinedMembers(bob), refusal(403, 'M_FORBIDDEN'));
    assert.ok(!(await paged(room, bob, 'b')).includes('after'));
  }
});

test('who is only invited reads nothing but what the history allows', async () => {
  const room = await aRoom('12', { joinRule: 'invite' });
  await room.send(alice, 'x');
  await room.member(alice, 'invite', bob);
  await assert.rejects(room.room.reading.state(bob), refusal(403, 'M_FORBIDDEN'));
  await assert.rejects(room.room.reading.members(bob, {}), refusal(403, 'M_FORBIDDEN'));
  await assert.rejects(paged(room, bob, 'b'), refusal(403, 'M_FORBIDDEN'));
});

test('the content that a state event replaced is shown only to who may see that event', async () => {
  const room = await aRoom('12', { visibility: 'joined' });
  await room.state(alice, 'm.room.topic', '', { topic: 'old secret' });
  await room.member(bob, 'join');
  const id = await room.state(alice, 'm.room.topic', '', { topic: 'new' });
  assert.ok(!JSON.stringify(await room.room.reading.event(bob, id)).includes('old secret'));
  assert.ok(JSON.stringify(await room.room.reading.event(bob, id)).includes('replaces_state'));
  assert.ok(JSON.stringify(await room.room.reading.event(alice, id)).includes('old secret'));
});

test('who has forgotten the room sees of it what the world sees, until they come back', async () => {
  const room = await aRoom('12');
  await room.member(bob, 'join');
  const id = await room.send(alice, 'x');
  await room.member(bob, 'leave');
  assert.equal((await room.room.reading.event(bob, id))['event_id'], id);
  const { members } = new RoomData(room.world.env(room.id));
  const member = members.get(bob.userId);
  assert.ok(member !== undefined);
  members.put({ ...member, leftPos: undefined });
  // The room that is awake does not know of what another has written.
  room.world.restart();
  await assert.rejects(room.room.reading.event(bob, id), refusal(404, 'M_NOT_FOUND'));
  await assert.rejects(room.room.reading.state(bob), refusal(403, 'M_FORBIDDEN'));
  await room.member(bob, 'join');
  assert.equal((await room.room.reading.event(bob, id))['event_id'], id);
});
