// The generated rooms: the same for the same seed, with all that should be in them, and made small when they fail.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member } from '../../src/spec/json.ts';
import { ROOM_VERSIONS } from '../../src/events/room-versions.ts';
import { forwardExtremities, historyOf, pastOf, softFails, stateAt, type History } from './history.ts';
import { printGraph } from './print-graph.ts';
import { makeRoomGraph, type RoomGraph } from './room-graph.ts';
import { placeOf } from './ruling.ts';
import { shrink, withoutEvents } from './shrink.ts';

const historyOfGraph = (graph: RoomGraph) => historyOf(graph.version, graph.events);

test('one seed makes one room', () => {
  for (const version of ['1', '6', '12'])
    assert.equal(printGraph(makeRoomGraph(7, { version })), printGraph(makeRoomGraph(7, { version })));
  assert.notEqual(printGraph(makeRoomGraph(7, { version: '6' })), printGraph(makeRoomGraph(8, { version: '6' })));
});

test('every event has a place: nobody cites what comes later', () => {
  for (const { id: version } of ROOM_VERSIONS)
    for (let seed = 1; seed <= 5; seed++)
      assert.deepEqual([...historyOfGraph(makeRoomGraph(seed, { version })).unplaced], []);
});

/** What a version's first hundred rooms must hold, each at least once. */
const SITUATIONS: Readonly<Record<string, (graph: RoomGraph, history: History) => boolean>> = {
  'three branches that meet in one event': ({ events }) => [...events.values()].some((e) => e.prevEvents.length >= 3),
  'an event that nobody accepts': (_, { room }) => room.rejected.size > 0,
  'an event that comes after one that nobody accepts': ({ events }, { room }) =>
    [...events.values()].some((e) => e.prevEvents.some((id) => room.rejected.has(id))),
  'an auth event that nobody has': ({ events }) =>
    [...events.values()].some((e) => e.authEvents.some((id) => !events.has(id))),
  'an auth event that was rejected': (_, { rulings }) =>
    [...rulings.values()].some(({ rule }) => /^[23]\.3$/.test(rule)),
  'an accepted event that the state at the end would not allow': ({ events }, history) => {
    const end = stateAt(history, forwardExtremities(history));
    return [...events.values()].some((e) => !history.room.rejected.has(e.eventId) && softFails(history.room, e, end));
  },
  'a ban that is accepted': (graph, history) => accepts(graph, history, 'ban'),
  'who is thrown out on one branch changes levels or join rules on another': ({ events }, history) => {
    const accepted = [...events.values()].filter((e) => !history.room.rejected.has(e.eventId));
    const thrownOut = accepted.filter(
      (e) => e.stateKey !== e.sender && ['leave', 'ban'].includes(`${member(e.content, 'membership')}`),
    );
    return accepted.some(
      (e) =>
        (e.type === 'm.room.power_levels' || e.type === 'm.room.join_rules') &&
        thrownOut.some((other) => other.stateKey === e.sender && areConcurrent(history, e.eventId, other.eventId)),
    );
  },
  'power levels in conflict': ({ events }, history) => isInConflict(events, history, 'm.room.power_levels'),
  'join rules in conflict': ({ events }, history) => isInConflict(events, history, 'm.room.join_rules'),
  'memberships in conflict': ({ events }, history) => isInConflict(events, history, 'm.room.member'),
};

function areConcurrent(history: History, one: string, other: string): boolean {
  return !pastOf(history, one).has(other) && !pastOf(history, other).has(one);
}

function accepts({ events }: RoomGraph, { room }: History, membership: string): boolean {
  return [...events.values()].some(
    (e) => member(e.content, 'membership') === membership && !room.rejected.has(e.eventId),
  );
}

/** Whether the states after the prev_events of some event have different events of a type in one place. */
function isInConflict(events: RoomGraph['events'], { after, room }: History, type: string): boolean {
  return [...events.values()].some(({ prevEvents }) => {
    const states = prevEvents.map((id) => after.get(id)!);
    return [...room.events.values()].some((event) => {
      if (event.type !== type || event.stateKey === undefined) return false;
      const holders = new Set(states.flatMap((state) => state.get(placeOf(type, event.stateKey!)) ?? []));
      return holders.size > 1;
    });
  });
}

for (const { id: version } of ROOM_VERSIONS)
  test(`the rooms of version ${version} hold every situation`, () => {
    const missing = new Set(Object.keys(SITUATIONS));
    for (let seed = 1; seed <= 100 && missing.size > 0; seed++) {
      const graph = makeRoomGraph(seed, { version });
      const history = historyOfGraph(graph);
      for (const name of missing) if (SITUATIONS[name]!(graph, history)) missing.delete(name);
    }
    assert.deepEqual([...missing], []);
  });

test('a failing room is made as small as it still fails', () => {
  const isBanned = (graph: RoomGraph) => accepts(graph, historyOfGraph(graph), 'ban');
  const seed = Array.from({ length: 50 }, (_, at) => at + 1).find((s) => isBanned(makeRoomGraph(s, { version: '9' })))!;
  const small = shrink(makeRoomGraph(seed, { version: '9' }), isBanned);
  assert.ok(isBanned(small));
  assert.ok(small.events.size <= 5, printGraph(small));
  for (const id of [...small.events.keys()].slice(1)) assert.ok(!isBanned(withoutEvents(small, new Set([id]))));
});
