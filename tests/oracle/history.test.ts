// The oracle on the worked examples of the specification, and where a whole room is more than its events.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ROOM_VERSIONS } from '../../src/events/room-versions.ts';
import { forwardExtremities, oracleState, softFails, stateAt } from './history.ts';
import { placeOf } from './ruling.ts';
import { ALICE, BOB, CHARLIE, membership, message, put, SmallRoom } from './small-room.ts';

const VERSIONS = ROOM_VERSIONS.map(({ id }) => id);

describe('https://spec.matrix.org/v1.19/server-server-api/#room-state-resolution', () => {
  for (const version of VERSIONS)
    test(`two names on two branches: the later one wins where they meet, in version ${version}`, () => {
      const room = new SmallRoom(version);
      const e1 = room.send(message(ALICE));
      const e2 = room.send(message(ALICE));
      const e3 = room.send(put(ALICE, 'm.room.name', '', { name: 'three' }), { after: [e2] });
      const e4 = room.send(put(ALICE, 'm.room.name', '', { name: 'four' }), { after: [e1] });
      const e5 = room.send(message(ALICE), { after: [e3, e4] });
      assert.equal(room.holder('m.room.name', '', [e3]), e3);
      // By timestamp from version 2 on, by depth before: both are later for E4.
      assert.equal(room.holder('m.room.name', '', [e5]), e4);
    });
});

describe('https://spec.matrix.org/v1.19/server-server-api/#soft-failure', () => {
  const make = (version: string) => {
    const room = new SmallRoom(version);
    room.send(membership(BOB, BOB, 'join'));
    const a = room.send(
      put(ALICE, 'm.room.power_levels', '', {
        users: { ...(Number(version) < 12 ? { [ALICE]: 100 } : {}), [BOB]: 50 },
      }),
    );
    const b = room.send(membership(ALICE, BOB, 'ban'), { after: [a] });
    const c = room.send(put(BOB, 'm.room.topic', '', { topic: 'evasion' }), { after: [a] });
    return { room, b, c };
  };

  for (const version of VERSIONS) {
    test(`a topic beside the ban of its sender is accepted, and soft-failed by who knows the ban, in version ${version}`, () => {
      const { room, b, c } = make(version);
      const history = room.history();
      assert.equal(history.rulings.get(c)!.allowed, true);
      assert.equal(softFails(history.room, room.events.get(c)!, stateAt(history, [b])), true);
      assert.deepEqual(forwardExtremities(history), [b, c]);
    });

    test(`where the two meet, version ${version} ${version === '1' ? 'takes the topic in' : 'prefers the ban'}`, () => {
      const { room, b, c } = make(version);
      const d = room.send(message(ALICE), { after: [b, c] });
      assert.equal(room.holder('m.room.topic', '', [d]), version === '1' ? c : undefined);
      assert.equal(room.holder('m.room.member', BOB, [d]), b);
    });
  }
});

test('a rejected state event does not change the state, and what follows it may be allowed', () => {
  const room = new SmallRoom('11');
  const before = room.send(message(ALICE));
  const forbidden = room.send(put(BOB, 'm.room.name', '', { name: 'mine' }));
  const after = room.send(message(ALICE));
  assert.deepEqual(room.ruling(forbidden), { allowed: false, rule: '5' });
  assert.equal(room.ruling(after).allowed, true);
  assert.deepEqual(oracleState('11', room.events, [after]), oracleState('11', room.events, [before]));
});

test('what comes after a rejected event comes after what that came after', () => {
  const room = new SmallRoom('11');
  room.send(message(ALICE));
  const forbidden = room.send(message(BOB));
  const last = room.send(message(ALICE), { after: [forbidden] });
  assert.deepEqual(forwardExtremities(room.history()), [last]);
});

test('an event that cites a rejected event is rejected itself', () => {
  const room = new SmallRoom('12');
  const join = room.send(membership(BOB, BOB, 'join'), { authEvents: [] });
  const said = room.send(message(BOB), { authEvents: [join] });
  assert.equal(room.ruling(join).allowed, false);
  assert.deepEqual(room.ruling(said), { allowed: false, rule: '3.3' });
});

test('an event that nobody can connect with the room has no place, nor has what builds on it', () => {
  const room = new SmallRoom('11');
  const lost = room.send(message(ALICE));
  const built = room.send(message(ALICE));
  room.events.delete(lost);
  const history = room.history();
  assert.deepEqual([...history.unplaced], [built]);
  assert.throws(() => stateAt(history, [built]));
});

test('the order of the events in the map is of no account', () => {
  const room = new SmallRoom('10');
  const fork = room.send(membership(BOB, BOB, 'join'));
  const one = room.send(put(ALICE, 'm.room.topic', '', { topic: 'one' }), { after: [fork] });
  const two = room.send(membership(ALICE, BOB, 'ban'), { after: [fork] });
  const reversed = new Map([...room.events].reverse());
  assert.deepEqual(oracleState('10', reversed, [two, one]), oracleState('10', room.events, [one, two]));
});

test('a restricted join needs the signature of the server that vouches for it', () => {
  const room = new SmallRoom('11');
  room.send(put(ALICE, 'm.room.join_rules', '', { join_rule: 'restricted', allow: [] }));
  const join = room.send(membership(CHARLIE, CHARLIE, 'join', { join_authorised_via_users_server: ALICE }));
  const unsigned = room.send(membership(BOB, BOB, 'join', { join_authorised_via_users_server: ALICE }));
  const { signatures: _left, ...json } = room.events.get(unsigned)!.json;
  room.events.set(unsigned, { ...room.events.get(unsigned)!, json });
  assert.deepEqual(room.ruling(join), { allowed: true, rule: '4.3.5.3' });
  assert.deepEqual(room.ruling(unsigned), { allowed: false, rule: '4.2.1' });
});

test('in version 1 what only one of two states has stays', () => {
  const room = new SmallRoom('1');
  const fork = room.send(message(ALICE));
  const named = room.send(put(ALICE, 'm.room.name', '', { name: 'n' }), { after: [fork] });
  const other = room.send(put(ALICE, 'm.room.topic', '', { topic: 't' }), { after: [fork] });
  const state = oracleState('1', room.events, [named, other]);
  assert.equal(state.get(placeOf('m.room.name', '')), named);
  assert.equal(state.get(placeOf('m.room.topic', '')), other);
});
