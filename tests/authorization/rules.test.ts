// The rules beside create, membership and power levels, and the order of all of them.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { authorize } from '../../src/authorization/authorize.ts';
import { authStateOf } from '../../src/authorization/auth-state.ts';
import type { RoomVersion } from '../../src/events/room-version.ts';
import { ALL, between, from, upTo } from './room-versions.ts';
import { Person, alice, bob, charlie } from './people.ts';
import type { Deed } from './people.ts';
import { TestRoom, creation, newRoom, rankedRoom, story } from './room-builder.ts';

const room =
  (content = {}, users = {}) =>
  (version: RoomVersion) =>
    rankedRoom(version, content, users);
const island = (federate: unknown) => (version: RoomVersion) =>
  new TestRoom(version).must(
    creation(alice, version, { 'm.federate': federate as never }),
    alice.joins(),
    alice.opens('public'),
  );
const neighbour = new Person('dave', 'a.example');

story('a room that does not federate is for its own server', ALL, island(false), [
  [bob.joins(), 'room-does-not-federate'],
  [neighbour.joins(), 'allow'],
  [neighbour.says('hello'), 'allow'],
]);
for (const federate of [true, null, 0, 'false']) {
  story(`m.federate ${JSON.stringify(federate)} is not false`, ALL, island(federate), [[bob.joins(), 'allow']]);
}
test('nothing is allowed in a room without a create event', () => {
  for (const version of ALL) {
    const event = newRoom(version).draft(alice.says('hello'));
    const verdict = authorize(event, version, authStateOf([]));
    assert.equal(verdict.allowed ? 'allow' : verdict.reason, 'no-create-event');
  }
});

// m.room.aliases.
const aliases = (person: Person, server: string) => person.sets('m.room.aliases', { aliases: [] }, server);
story('a server sets its own aliases without being in the room', upTo(5), room(), [
  [aliases(bob, 'b.example'), 'allow'],
  [aliases(bob, 'a.example'), 'aliases-of-another-server'],
  [{ type: 'm.room.aliases', sender: bob.id, content: {} }, 'aliases-without-state-key'],
]);
story('aliases are ordinary state from version 6 on', from(6), room(), [
  [aliases(bob, 'b.example'), 'sender-not-joined'],
  [bob.joins(), 'allow'],
  [aliases(bob, 'b.example'), 'below-required-level'],
  [aliases(alice, 'b.example'), 'allow'],
]);

// Who may send what.
story('only members send', ALL, room(), [
  [bob.says('hello'), 'sender-not-joined'],
  [alice.invites(bob), 'allow'],
  [bob.says('hello'), 'sender-not-joined'],
  [bob.joins(), 'allow'],
  [bob.says('hello'), 'allow'],
  [bob.leaves(), 'allow'],
  [bob.says('hello'), 'sender-not-joined'],
]);
story('state needs 50 by default, messages nothing', ALL, room({}, { [bob.id]: 49, [charlie.id]: 50 }), [
  [bob.joins(), 'allow'],
  [charlie.joins(), 'allow'],
  [bob.sets('m.room.topic', {}), 'below-required-level'],
  [bob.says('hello'), 'allow'],
  [charlie.sets('m.room.topic', {}), 'allow'],
]);
story(
  'the defaults can be set',
  ALL,
  room({ state_default: 10, events_default: 5 }, { [bob.id]: 4, [charlie.id]: 10 }),
  [
    [bob.joins(), 'allow'],
    [charlie.joins(), 'allow'],
    [bob.says('hello'), 'below-required-level'],
    [charlie.says('hello'), 'allow'],
    [charlie.sets('m.room.topic', {}), 'allow'],
  ],
);
story(
  'a type can have a level of its own',
  ALL,
  room({ events: { 'm.room.topic': 0, 'm.room.message': 60 } }, { [bob.id]: 59 }),
  [
    [bob.joins(), 'allow'],
    [bob.says('hello'), 'below-required-level'],
    [bob.sets('m.room.topic', {}), 'allow'],
    [bob.sets('m.room.name', {}), 'allow'],
  ],
);
const unranked = (version: RoomVersion) => newRoom(version).must(alice.opens('public'), bob.joins());
story('before there are power levels only a creator sets state', ALL, unranked, [
  [bob.sets('m.room.topic', {}), 'below-required-level'],
  [bob.ranks({ users: { [bob.id]: 100 } }), 'below-required-level'],
  [bob.says('hello'), 'allow'],
  [alice.sets('m.room.topic', {}), 'allow'],
]);
story("a state key with an @ is its user's own", ALL, room({}, { [bob.id]: 50 }), [
  [bob.joins(), 'allow'],
  [bob.sets('org.example.mood', {}, alice.id), 'state-key-of-another-user'],
  [bob.sets('org.example.mood', {}, '@'), 'state-key-of-another-user'],
  [bob.sets('org.example.mood', {}, bob.id), 'allow'],
  [bob.sets('org.example.mood', {}, 'x@'), 'allow'],
]);
story(
  'an invitation of a third party needs the invite level and no other',
  ALL,
  room({ invite: 30 }, { [bob.id]: 30 }),
  [
    [bob.sets('m.room.third_party_invite', {}, 'token'), 'sender-not-joined'],
    [bob.joins(), 'allow'],
    [charlie.joins(), 'allow'],
    [charlie.sets('m.room.third_party_invite', {}, 'token'), 'below-invite-level'],
    [bob.sets('m.room.third_party_invite', {}, 'token'), 'allow'],
  ],
);

// Redactions.
const redacts = (person: Person, redacted?: string): Deed => ({
  type: 'm.room.redaction',
  sender: person.id,
  content: {},
  ...(redacted === undefined ? {} : { redacts: redacted }),
});
story(
  'up to version 2 a redaction needs the redact level or the server of the event',
  upTo(2),
  room({ redact: 60 }, { [bob.id]: 60 }),
  [
    [bob.joins(), 'allow'],
    [charlie.joins(), 'allow'],
    [redacts(charlie, '$event:a.example'), 'below-redact-level'],
    [redacts(charlie, '$event'), 'below-redact-level'],
    [redacts(charlie), 'below-redact-level'],
    [redacts(charlie, '$event:c.example'), 'allow'],
    [redacts(bob, '$event:a.example'), 'allow'],
  ],
);
story(
  'from version 3 on a redaction is an ordinary event',
  from(3),
  room({ events: { 'm.room.redaction': 10 } }, { [bob.id]: 10 }),
  [
    [bob.joins(), 'allow'],
    [charlie.joins(), 'allow'],
    [redacts(bob, '$event'), 'allow'],
    [redacts(charlie, '$event'), 'below-required-level'],
  ],
);

test('a refusal carries the number that its rule has on the page of the room version', () => {
  const numbers: readonly (readonly [number, Deed, readonly RoomVersion[]])[] = [
    [1, { ...alice.sets('m.room.create', {}), prevEvents: ['$other'] }, ALL],
    [4, aliases(bob, 'a.example'), upTo(5)],
    [5, bob.puts(alice, 'leave'), upTo(5)],
    [4, bob.puts(alice, 'leave'), between(6, 11)],
    [5, bob.puts(alice, 'leave'), from(12)],
    [6, charlie.says('hello'), upTo(5)],
    [5, charlie.says('hello'), between(6, 11)],
    [6, charlie.says('hello'), from(12)],
    [7, bob.sets('m.room.third_party_invite', {}, 'token'), upTo(5)],
    [6, bob.sets('m.room.third_party_invite', {}, 'token'), between(6, 11)],
    [7, bob.sets('m.room.third_party_invite', {}, 'token'), from(12)],
    [8, bob.sets('m.room.topic', {}), upTo(5)],
    [7, bob.sets('m.room.topic', {}), between(6, 11)],
    [8, bob.sets('m.room.topic', {}), from(12)],
    [9, alice.sets('org.example.mood', {}, bob.id), upTo(5)],
    [8, alice.sets('org.example.mood', {}, bob.id), between(6, 11)],
    [9, alice.sets('org.example.mood', {}, bob.id), from(12)],
    [10, alice.ranks({ users: [] }), upTo(5)],
    [9, alice.ranks({ users: [] }), between(6, 11)],
    [10, alice.ranks({ users: [] }), from(12)],
    [11, redacts(bob), upTo(2)],
  ];
  for (const [number, deed, versions] of numbers) {
    for (const version of versions) {
      const tested = rankedRoom(version, { invite: 50 }).must(bob.joins());
      const verdict = tested.judge(tested.draft(deed));
      assert.equal(verdict.allowed ? 0 : verdict.rule, number, `${deed.type} in version ${version.id}`);
    }
  }
});
