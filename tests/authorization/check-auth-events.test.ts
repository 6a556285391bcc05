// What depends on the cited events alone.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { checkAuthEvents } from '../../src/authorization/authorize.ts';
import { authEventsFor } from '../../src/authorization/selection.ts';
import type { ReceivedEvent } from '../../src/authorization/rules/citation.ts';
import type { Reason } from '../../src/authorization/verdict.ts';
import type { RoomVersion } from '../../src/events/room-version.ts';
import { alice, bob } from './people.ts';
import type { Deed } from './people.ts';
import { creation, newRoom, rankedRoom } from './room-builder.ts';
import type { TestRoom } from './room-builder.ts';
import { ALL, from, upTo } from './room-versions.ts';

const accepted = (room: TestRoom, type: string, stateKey = ''): ReceivedEvent => {
  const pdu = room.state.get(type, stateKey);
  assert.ok(pdu);
  return { pdu, rejected: false };
};

type Tamper = (cited: readonly ReceivedEvent[], room: TestRoom) => readonly ReceivedEvent[];

/** Bob kicks nobody in particular, citing what he should after `tamper` had its way. */
function verdict(version: RoomVersion, tamper: Tamper, deed: Deed = bob.kicks(alice)): 'allow' | Reason {
  const room = rankedRoom(version).must(bob.joins());
  const cited = authEventsFor(deed, version)
    .filter(({ type, stateKey }) => room.state.get(type, stateKey) !== undefined)
    .map(({ type, stateKey }) => accepted(room, type, stateKey));
  const answer = checkAuthEvents(room.draft(deed), version, tamper(cited, room), accepted(room, 'm.room.create'));
  return answer.allowed ? 'allow' : answer.reason;
}

function cites(name: string, versions: readonly RoomVersion[], tamper: Tamper, expected: 'allow' | Reason): void {
  for (const version of versions)
    test(`${name} (version ${version.id})`, () => assert.equal(verdict(version, tamper), expected));
}

cites('the selected events are cited', ALL, (cited) => cited, 'allow');
cites(
  'events may be missing among the cited',
  ALL,
  (cited) => cited.filter(({ pdu }) => pdu.type !== 'm.room.power_levels'),
  'allow',
);
cites('no event is cited twice', ALL, (cited) => [...cited, ...cited.slice(-1)], 'duplicate-auth-events');
cites(
  'no two events are cited for one key',
  ALL,
  (cited) => {
    const [last] = cited.slice(-1);
    assert.ok(last);
    return [...cited, { ...last, pdu: { ...last.pdu, eventId: '$another' } }];
  },
  'duplicate-auth-events',
);
cites(
  'nothing else is cited',
  ALL,
  (cited, room) => [...cited, accepted(room, 'm.room.join_rules')],
  'auth-event-not-selected',
);
cites(
  'no message is cited',
  ALL,
  (cited, room) => {
    const pdu = room.draft(alice.says('hello'));
    return [...cited, { pdu, rejected: false }];
  },
  'auth-event-not-selected',
);
cites(
  'nobody else is cited',
  ALL,
  (cited, room) => {
    const pdu = room.draft(alice.puts('@dave:d.example', 'invite'));
    return [...cited, { pdu, rejected: false }];
  },
  'auth-event-not-selected',
);
cites(
  'a member of a type that only looks selected is not',
  ALL,
  (cited, room) => {
    const pdu = room.draft(alice.sets('m.room.power_levels', {}, 'constructor'));
    return [...cited, { pdu, rejected: false }];
  },
  'auth-event-not-selected',
);
cites(
  'no rejected event is cited',
  ALL,
  (cited) => {
    return cited.map(({ pdu }) => ({ pdu, rejected: pdu.type === 'm.room.member' }));
  },
  'auth-event-rejected',
);
cites(
  'no event of another room is cited',
  ALL,
  (cited) => {
    return cited.map((one) => ({ ...one, pdu: { ...one.pdu, roomId: '!elsewhere:a.example' } }));
  },
  'auth-event-of-another-room',
);
cites(
  'the create event is cited up to version 11',
  upTo(11),
  (cited) => {
    return cited.filter(({ pdu }) => pdu.type !== 'm.room.create');
  },
  'create-event-not-among-auth-events',
);
cites(
  'the create event is not cited from version 12 on',
  from(12),
  (cited, room) => {
    return [...cited, accepted(room, 'm.room.create')];
  },
  'auth-event-not-selected',
);

test("the creator's join cites the create event up to version 11 and nothing from version 12 on", () => {
  for (const version of ALL) {
    const room = newRoom(version);
    const create = accepted(room, 'm.room.create');
    const cited = version.roomIdIsCreateHash ? [] : [create];
    assert.deepEqual(checkAuthEvents(room.draft(alice.joins()), version, cited, create), { allowed: true });
  }
});

test('a create event is not judged by what it cites', () => {
  for (const version of ALL) {
    const room = newRoom(version);
    assert.deepEqual(checkAuthEvents(room.draft(creation(alice, version)), version, []), { allowed: true });
  }
});

test('from version 12 on the room id is that of an accepted create event', () => {
  for (const version of from(12)) {
    const room = newRoom(version);
    const create = accepted(room, 'm.room.create');
    const event = room.draft(bob.joins());
    const refused = { allowed: false, rule: 2, reason: 'room-id-is-no-accepted-create-event' };
    const wrong: readonly (ReceivedEvent | undefined)[] = [
      undefined,
      { ...create, rejected: true },
      { ...create, pdu: { ...create.pdu, eventId: '$another' } },
      { ...create, pdu: { ...create.pdu, type: 'm.room.message' } },
    ];
    for (const one of wrong) assert.deepEqual(checkAuthEvents(event, version, [], one), refused);
    const elsewhere = { ...event, roomId: `${event.roomId}:a.example` };
    assert.deepEqual(checkAuthEvents(elsewhere, version, [], create), refused);
  }
});

test('the rule about citations is the second, and the third from version 12 on', () => {
  for (const version of ALL) {
    const room = newRoom(version);
    const event = room.draft(alice.says('hello'));
    const member = accepted(room, 'm.room.member', alice.id);
    const answer = checkAuthEvents(event, version, [member, member], accepted(room, 'm.room.create'));
    assert.deepEqual(answer, {
      allowed: false,
      rule: version.roomIdIsCreateHash ? 3 : 2,
      reason: 'duplicate-auth-events',
    });
  }
});
