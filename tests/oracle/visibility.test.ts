// The visibility oracle, rule by rule. https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALICE, BOB, CHARLIE, membership, message, put, SmallRoom } from './small-room.ts';
import { momentOf, oracleServerMaySee, oracleUserMaySee, userMaySee } from './visibility.ts';

const setTo = (visibility: string) => put(ALICE, 'm.room.history_visibility', '', { history_visibility: visibility });

/** [visibility, Bob's membership at the event, whether he joined later, whether he may see it] */
const CASES: readonly (readonly [string | undefined, string | undefined, boolean, boolean])[] = [
  ['world_readable', undefined, false, true],
  ['world_readable', 'ban', false, true],
  ['shared', 'join', false, true],
  ['shared', undefined, true, true],
  ['shared', undefined, false, false],
  ['shared', 'invite', false, false],
  ['shared', 'invite', true, true],
  ['invited', 'invite', false, true],
  ['invited', 'join', false, true],
  ['invited', undefined, true, false],
  ['joined', 'invite', false, false],
  ['joined', 'invite', true, false],
  ['joined', 'join', false, true],
  ['joined', undefined, true, false],
  [undefined, undefined, true, true],
  [undefined, undefined, false, false],
  ['nonsense', undefined, true, true],
];

describe('a message of Alice', () => {
  for (const [visibility, at, later, allowed] of CASES)
    test(`${visibility ?? 'nothing set'}, Bob ${at ?? 'never there'}${later ? ', joined since' : ''}: ${allowed}`, () => {
      const room = new SmallRoom('11');
      if (visibility !== undefined) room.send(setTo(visibility));
      if (at !== undefined) room.send(membership(at === 'join' ? BOB : ALICE, BOB, at));
      const said = room.send(message(ALICE));
      if (later) room.send(membership(BOB, BOB, 'join'));
      const history = room.history();
      assert.equal(oracleUserMaySee(history, BOB, said), allowed);
      assert.equal(userMaySee(momentOf(history, said), BOB, later), allowed);
      assert.equal(oracleServerMaySee(history, 'b.example', said), allowed);
    });
});

test('a change of the visibility is shown by what was before it and by what is after it', () => {
  const room = new SmallRoom('11');
  const closed = room.send(setTo('joined'));
  const opened = room.send(setTo('world_readable'));
  const closedAgain = room.send(setTo('joined'));
  const history = room.history();
  assert.equal(oracleUserMaySee(history, BOB, closed), false);
  assert.equal(oracleUserMaySee(history, BOB, opened), true);
  assert.equal(oracleUserMaySee(history, BOB, closedAgain), true);
});

test('who joins sees their join and their leaving, and nothing after it', () => {
  const room = new SmallRoom('11');
  room.send(setTo('joined'));
  const join = room.send(membership(BOB, BOB, 'join'));
  const kick = room.send(membership(ALICE, BOB, 'leave'));
  const ban = room.send(membership(ALICE, BOB, 'ban'));
  const said = room.send(message(ALICE));
  const history = room.history();
  assert.deepEqual(
    [join, kick, ban, said].map((id) => oracleUserMaySee(history, BOB, id)),
    [true, true, false, false],
  );
});

test('what is shared opens again to who comes back, and to nobody who stays away', () => {
  const room = new SmallRoom('11');
  room.send(membership(BOB, BOB, 'join'));
  room.send(membership(CHARLIE, CHARLIE, 'join'));
  room.send(membership(BOB, BOB, 'leave'));
  room.send(membership(CHARLIE, CHARLIE, 'leave'));
  const said = room.send(message(ALICE));
  room.send(membership(BOB, BOB, 'join'));
  const history = room.history();
  assert.equal(oracleUserMaySee(history, BOB, said), true);
  assert.equal(oracleUserMaySee(history, CHARLIE, said), false);
});

test('a server sees what any of its users may see, another server does not', () => {
  const room = new SmallRoom('11');
  room.send(setTo('joined'));
  room.send(membership(BOB, BOB, 'join'));
  const said = room.send(message(ALICE));
  const history = room.history();
  assert.equal(oracleServerMaySee(history, 'b.example', said), true);
  assert.equal(oracleServerMaySee(history, 'c.example', said), false);
});

test('nobody is shown a rejected event', () => {
  const room = new SmallRoom('11');
  room.send(setTo('world_readable'));
  const said = room.send(message(CHARLIE));
  assert.equal(oracleUserMaySee(room.history(), ALICE, said), false);
});
