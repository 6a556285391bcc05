// Content of every wrong shape, both as the event judged and as the state it is judged by.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { authStateOf } from '../../src/authorization/auth-state.ts';
import { authorize, checkAuthEvents } from '../../src/authorization/authorize.ts';
import { authEventsFor } from '../../src/authorization/selection.ts';
import type { Pdu } from '../../src/events/pdu.ts';
import type { RoomVersion } from '../../src/events/room-version.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import { Person, alice, bob, charlie } from './people.ts';
import type { Deed } from './people.ts';
import { rankedRoom } from './room-builder.ts';
import type { TestRoom } from './room-builder.ts';
import { ALL } from './room-versions.ts';

const WRONG: readonly unknown[] = [
  null,
  true,
  false,
  -1.5,
  Infinity,
  NaN,
  '',
  'text',
  '__proto__',
  [],
  [1],
  ['@bob:b.example'],
  {},
  { a: 1 },
  [[]],
];
const HOSTILE_KEYS = JSON.parse(
  `{"__proto__":{"${bob.id}":100,"ban":0},"constructor":100,"${bob.id}x":"100"}`,
) as JsonObject;

const FIELDS: readonly (readonly [type: string, stateKey: string, path: readonly string[]])[] = [
  ...[
    'ban',
    'kick',
    'invite',
    'redact',
    'users_default',
    'state_default',
    'events_default',
    'users',
    'events',
    'notifications',
  ].map((name) => ['m.room.power_levels', '', [name]] as const),
  ['m.room.power_levels', '', ['users', bob.id]],
  ['m.room.power_levels', '', ['users', alice.id]],
  ['m.room.power_levels', '', ['events', 'm.room.topic']],
  ['m.room.power_levels', '', ['notifications', 'room']],
  ['m.room.join_rules', '', ['join_rule']],
  ['m.room.join_rules', '', ['allow']],
  ['m.room.member', bob.id, ['membership']],
  ['m.room.member', alice.id, ['membership']],
  ['m.room.member', bob.id, ['join_authorised_via_users_server']],
  ['m.room.member', bob.id, ['third_party_invite']],
  ['m.room.create', '', ['creator']],
  ['m.room.create', '', ['m.federate']],
  ['m.room.create', '', ['room_version']],
  ['m.room.create', '', ['additional_creators']],
];

/** `content` with what stands at `path` replaced, or taken out where `value` is undefined. */
function replaced(content: JsonObject, [key = '', ...rest]: readonly string[], value: unknown): JsonObject {
  const inner = content[key];
  const next =
    rest.length === 0
      ? value
      : replaced(typeof inner === 'object' && inner !== null ? (inner as JsonObject) : {}, rest, value);
  const others = Object.entries(content).filter(([name]) => name !== key);
  return Object.fromEntries(next === undefined ? others : [...others, [key, next as never]]);
}

const dave = new Person('dave', 'd.example');
const PROBES: readonly Deed[] = [
  bob.sets('m.room.topic', {}),
  bob.sets('m.room.name', {}),
  bob.says('hello'),
  bob.ranks({ users: { [bob.id]: 10 } }),
  bob.kicks(charlie),
  bob.kicks(alice),
  bob.bans(charlie),
  bob.bans(alice),
  bob.invites(dave),
  bob.joins(),
  bob.leaves(),
  bob.knocks(),
  dave.joins(),
  dave.joins({ join_authorised_via_users_server: bob.id }),
  dave.says('hello'),
  dave.knocks(),
  dave.leaves(),
  alice.kicks(bob),
  alice.bans(bob),
  alice.invites(dave),
  alice.ranks({ users: { [bob.id]: 10 } }),
  bob.sets('m.room.third_party_invite', {}, 'token'),
  { type: 'm.room.redaction', sender: bob.id, content: {}, redacts: '$x:a.example' },
];

const openRoom = (version: RoomVersion): TestRoom => {
  const content = { notifications: { room: 50 }, events: { 'm.room.topic': 50 } };
  return rankedRoom(version, content, { [charlie.id]: 20 }).must(bob.joins(), charlie.joins());
};

/** The room as it would be if this event had been accepted with other content. */
function stateWith(room: TestRoom, type: string, stateKey: string, change: (content: JsonObject) => JsonObject) {
  return authStateOf(
    room.events.map((event) =>
      event.type === type && event.stateKey === stateKey ? { ...event, content: change(event.content) } : event,
    ),
  );
}

for (const version of ALL) {
  test(`malformed state allows nothing that its absence would not (version ${version.id})`, () => {
    const room = openRoom(version);
    const probes = PROBES.map((deed) => room.draft(deed));
    for (const [type, stateKey, path] of FIELDS) {
      const absent = stateWith(room, type, stateKey, (content) => replaced(content, path, undefined));
      for (const wrong of [...WRONG, HOSTILE_KEYS]) {
        if (isRight(path, wrong, version)) continue;
        const state = stateWith(room, type, stateKey, (content) => replaced(content, path, wrong));
        for (const probe of probes) {
          const { allowed } = authorize(probe, version, state);
          const { allowed: allowedWithout } = authorize(probe, version, absent);
          const what = `${path.join('.')} = ${JSON.stringify(wrong)}: ${probe.sender} ${probe.type}`;
          assert.ok(!allowed || allowedWithout, `${what} ${JSON.stringify(probe.content)}`);
        }
      }
    }
  });

  test(`malformed events are judged, whatever they hold (version ${version.id})`, () => {
    const room = openRoom(version);
    for (const [type, stateKey, path] of FIELDS) {
      for (const wrong of [...WRONG, HOSTILE_KEYS]) {
        const base = room.state.get(type, stateKey);
        assert.ok(base);
        const event: Pdu = {
          ...room.draft({ type, stateKey, sender: base.sender, content: replaced(base.content, path, wrong) }),
        };
        const verdict = authorize(event, version, room.state);
        assert.equal(typeof verdict.allowed, 'boolean');
        assert.equal(typeof checkAuthEvents(event, version, []).allowed, 'boolean');
        assert.ok(authEventsFor(event, version).every((address) => typeof address.stateKey === 'string'));
        const decidesPower =
          type === 'm.room.power_levels' && (path[0] !== 'notifications' || version.notificationLevelsChecked);
        if (!decidesPower || isRight(path, wrong, version)) continue;
        assert.equal(verdict.allowed, false, `${path.join('.')} = ${JSON.stringify(wrong)}`);
      }
    }
  });
}

/** Some of what is wrong elsewhere is right in its place. */
function isRight(path: readonly string[], value: unknown, version: RoomVersion): boolean {
  const [name = ''] = path;
  if (name === 'additional_creators') return JSON.stringify(value) === JSON.stringify([bob.id]);
  const isMap = path.length === 1 && ['users', 'events', 'notifications'].includes(name);
  if (isMap) return JSON.stringify(value) === '{}' || (name !== 'users' && JSON.stringify(value) === '{"a":1}');
  return value === -1.5 && !version.strictCanonicalJson;
}

test('members of the language do not stand in for state', () => {
  for (const version of ALL) {
    const room = openRoom(version);
    for (const name of ['__proto__', 'constructor', 'toString']) {
      assert.equal(room.state.get('m.room.member', name), undefined);
      assert.equal(room.state.get(name, ''), undefined);
      const verdict = authorize(room.draft({ type: 'm.room.message', sender: name, content: {} }), version, room.state);
      assert.equal(verdict.allowed, false);
    }
  }
});
