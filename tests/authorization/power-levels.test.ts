// The rule about m.room.power_levels: who may change what.
import type { RoomVersion } from '../../src/events/room-version.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import { ALL, between, from, only, upTo } from './room-versions.ts';
import { alice, bob, charlie } from './people.ts';
import { TestRoom, creation, newRoom, rankedRoom, story } from './room-builder.ts';

const NAMES = ['users_default', 'events_default', 'state_default', 'ban', 'redact', 'kick', 'invite'] as const;

/** Bob has 50, which is what power levels need here; Charlie has 50, too. `content` is what stands beside that. */
const bobsRoom =
  (content: JsonObject = {}, users: JsonObject = {}) =>
  (version: RoomVersion) =>
    rankedRoom(version, { ...content }, { [bob.id]: 50, [charlie.id]: 50, ...users }).must(
      bob.joins(),
      charlie.joins(),
    );

/** What Bob sends: `change` beside the users as they were. */
const bobRanks = (version: RoomVersion, change: JsonObject, users: JsonObject = {}) =>
  bob.ranks({ users: { ...ofAlice(version), [bob.id]: 50, [charlie.id]: 50, ...users }, ...change });
const ofAlice = (version: RoomVersion): JsonObject => (version.privilegedCreators ? {} : { [alice.id]: 100 });

for (const version of ALL) {
  const one = [version];
  story('the first power levels are free to whoever may send them', one, newRoom, [
    [alice.ranks({ ban: 1000, users: { [bob.id]: 2000 } }), 'allow'],
  ]);
  for (const name of NAMES) {
    story(`${name} is set up to the sender's level`, one, bobsRoom({ [name]: 40 }), [
      [bobRanks(version, { [name]: 51 }), 'new-level-above-sender'],
      [bobRanks(version, { [name]: 50 }), 'allow'],
    ]);
    const mayRank = { events: { 'm.room.power_levels': 50 } };
    story(`${name} above the sender's level is not touched`, one, bobsRoom({ ...mayRank, [name]: 60 }), [
      [bobRanks(version, { ...mayRank, [name]: 50 }), 'current-level-above-sender'],
      [bobRanks(version, mayRank), 'current-level-above-sender'],
      [bobRanks(version, { ...mayRank, [name]: 60 }), 'allow'],
    ]);
    story(`${name} is added up to the sender's level, and removed again`, one, bobsRoom(), [
      [bobRanks(version, { [name]: 51 }), 'new-level-above-sender'],
      [bobRanks(version, { [name]: 50 }), 'allow'],
      [bobRanks(version, {}), 'allow'],
    ]);
  }
  story("the level of an event type is set up to the sender's", one, bobsRoom({ events: { low: 10, high: 60 } }), [
    [bobRanks(version, { events: { low: 51, high: 60 } }), 'new-level-above-sender'],
    [bobRanks(version, { events: { low: 10, high: 50 } }), 'current-level-above-sender'],
    [bobRanks(version, { events: { low: 10 } }), 'current-level-above-sender'],
    [bobRanks(version, { events: { low: 10, high: 60, more: 51 } }), 'new-level-above-sender'],
    [bobRanks(version, {}), 'current-level-above-sender'],
    [bobRanks(version, { events: { low: 50, high: 60, more: 50 } }), 'allow'],
    [bobRanks(version, { events: { high: 60 } }), 'allow'],
  ]);
  story('nobody raises a user above themselves', one, bobsRoom(), [
    [bobRanks(version, {}, { [bob.id]: 51 }), 'new-level-above-sender'],
    [bobRanks(version, {}, { '@dave:d.example': 51 }), 'new-level-above-sender'],
    [bobRanks(version, {}, { '@dave:d.example': 50 }), 'allow'],
  ]);
  story('nobody changes or removes an equal', one, bobsRoom(), [
    [bobRanks(version, {}, { [charlie.id]: 49 }), 'user-not-below-sender'],
    [bob.ranks({ users: { ...ofAlice(version), [bob.id]: 50 } }), 'user-not-below-sender'],
  ]);
  story('everybody may lower themselves', one, bobsRoom(), [
    [bobRanks(version, {}, { [bob.id]: 10 }), 'allow'],
    [bobRanks(version, {}, { [bob.id]: 50 }), 'below-required-level'],
  ]);
  story('everybody may take themselves out', one, bobsRoom(), [
    [bob.ranks({ users: { ...ofAlice(version), [charlie.id]: 50 } }), 'allow'],
  ]);
  story('a lower user is changed or removed', one, bobsRoom({}, { '@dave:d.example': 49, '@erin:d.example': 49 }), [
    [bobRanks(version, {}, { '@dave:d.example': 10, '@erin:d.example': 49 }), 'allow'],
    [bobRanks(version, {}), 'allow'],
  ]);
  story('users are user ids', one, newRoom, [
    [alice.ranks({ users: { bob: 1 } }), 'power-levels-of-invalid-user-ids'],
    [alice.ranks({ users: { '@bob': 1 } }), 'power-levels-of-invalid-user-ids'],
    [alice.ranks({ users: { '': 1 } }), 'power-levels-of-invalid-user-ids'],
    [alice.ranks({ users: JSON.parse('{"__proto__":1}') }), 'power-levels-of-invalid-user-ids'],
    [alice.ranks({ users: { constructor: 1 } }), 'power-levels-of-invalid-user-ids'],
  ]);
}

for (const version of upTo(11)) {
  story('a superior is neither lowered nor removed', [version], bobsRoom(), [
    [bobRanks(version, {}, { [alice.id]: 0 }), 'user-not-below-sender'],
    [bob.ranks({ users: { [bob.id]: 50, [charlie.id]: 50 } }), 'user-not-below-sender'],
  ]);
  story('the creator has 100 until there are power levels', [version], newRoom, [
    [alice.ranks({}), 'allow'],
    [alice.ranks({ ban: 1 }), 'below-required-level'],
  ]);
}

// Creators from version 12 on.
const withBob = (version: RoomVersion) => {
  const create = creation(alice, version, { additional_creators: [bob.id] });
  return new TestRoom(version).must(create, alice.joins(), alice.opens('public'), bob.joins());
};
story('power levels do not name creators', from(12), withBob, [
  [alice.ranks({ users: { [alice.id]: 100 } }), 'power-levels-name-a-creator'],
  [alice.ranks({ users: { [bob.id]: 100 } }), 'power-levels-name-a-creator'],
  [alice.ranks({ users: { [charlie.id]: 100 } }), 'allow'],
]);
story('creators are above every level that can be written', from(12), withBob, [
  [alice.ranks({ ban: Number.MAX_SAFE_INTEGER, users: { [charlie.id]: Number.MAX_SAFE_INTEGER } }), 'allow'],
  [bob.ranks({ ban: 0, users: {} }), 'allow'],
]);
story('additional creators are nobody before version 12', between(1, 11), withBob, [
  [bob.sets('m.room.topic', {}), 'below-required-level'],
]);

// Notifications.
for (const version of from(6)) {
  story(
    'the level of a notification is checked from version 6 on',
    [version],
    bobsRoom({ notifications: { room: 60 } }),
    [
      [bobRanks(version, { notifications: { room: 50 } }), 'current-level-above-sender'],
      [bobRanks(version, {}), 'current-level-above-sender'],
      [bobRanks(version, { notifications: { room: 60, more: 51 } }), 'new-level-above-sender'],
      [bobRanks(version, { notifications: { room: 60, more: 50 } }), 'allow'],
    ],
  );
}
for (const version of upTo(5)) {
  story(
    'the level of a notification is not checked before version 6',
    [version],
    bobsRoom({ notifications: { room: 60 } }),
    [
      [bobRanks(version, { notifications: { room: 90 } }), 'allow'],
      [bobRanks(version, { notifications: 'text' }), 'allow'],
    ],
  );
}

// How levels are written.
for (const version of upTo(9)) {
  story(
    'a level may be a string of digits up to version 9',
    [version],
    bobsRoom({ ban: ' +0040 ' }, { '@dave:d.example': '-7' }),
    [
      [bobRanks(version, { ban: '51' }, { '@dave:d.example': -7 }), 'new-level-above-sender'],
      [bobRanks(version, { ban: 40 }, { '@dave:d.example': ' -7' }), 'allow'],
      [bobRanks(version, { ban: '50' }, { '@dave:d.example': ' 50 ' }), 'allow'],
    ],
  );
  for (const wrong of ['', ' ', '1.5', '1e3', '0x10', '+-1', '1 1', '١', 'Infinity', 'NaN', '1_000', '9'.repeat(400)]) {
    story(`${JSON.stringify(wrong.slice(0, 8))} is no level`, [version], newRoom, [
      [alice.ranks({ ban: wrong }), 'power-level-not-a-number'],
      [alice.ranks({ users: { [bob.id]: wrong } }), 'power-level-not-a-number'],
    ]);
  }
}
story('a level is an integer from version 10 on', from(10), newRoom, [
  [alice.ranks({ ban: '50' }), 'power-level-not-a-number'],
  [alice.ranks({ events: { 'm.room.topic': '50' } }), 'power-level-not-a-number'],
  [alice.ranks({ notifications: { room: '50' } }), 'power-level-not-a-number'],
  [alice.ranks({ users: { [bob.id]: '50' } }), 'power-level-not-a-number'],
]);
story('a level may be a float up to version 5, cut off at the point', upTo(5), bobsRoom({ ban: 40.9 }), [
  [bobRanks(only(5), { ban: 51.1 }), 'new-level-above-sender'],
  [bobRanks(only(5), { ban: Infinity }), 'power-level-not-a-number'],
  [bobRanks(only(5), { ban: 50.99 }), 'allow'],
]);
story('a level is never a float from version 6 on', from(6), newRoom, [
  [alice.ranks({ ban: 50.5 }), 'power-level-not-a-number'],
  [alice.ranks({ ban: 2 ** 53 }), 'power-level-not-a-number'],
]);
