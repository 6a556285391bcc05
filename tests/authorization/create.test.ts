import { test } from 'node:test';
import assert from 'node:assert/strict';
import { alice, bob, charlie } from './people.ts';
import { TestRoom, creation, story } from './room-builder.ts';
import { authorize } from '../../src/authorization/authorize.ts';
import { authStateOf } from '../../src/authorization/auth-state.ts';
import { ALL, from, upTo } from './room-versions.ts';

const unborn = (version: (typeof ALL)[number]) => new TestRoom(version);

for (const version of ALL) {
  story('a room begins with its create event', [version], unborn, [[creation(alice, version), 'allow']]);
  story('a create event with previous events is none', [version], unborn, [
    [{ ...creation(alice, version), prevEvents: ['$other'] }, 'create-has-prev-events'],
  ]);
  story('a room of an unknown version cannot be created', [version], unborn, [
    [creation(alice, version, { room_version: 'hearth.unheard-of' }), 'room-version-not-recognised'],
    [creation(alice, version, { room_version: 12 }), 'room-version-not-recognised'],
    [creation(alice, version, { room_version: null }), 'room-version-not-recognised'],
  ]);
}

for (const version of upTo(11)) {
  story("a server cannot create a room under another server's name", [version], unborn, [
    [creation(bob, version), 'create-room-id-of-another-server'],
  ]);
}

story('a create event without creator creates nothing up to version 10', upTo(10), unborn, [
  [alice.sets('m.room.create', {}), 'create-without-creator'],
]);
story('a create event needs no creator from version 11 on', from(11), unborn, [
  [alice.sets('m.room.create', {}), 'allow'],
]);

test('a create event with a room id is refused from version 12 on', () => {
  for (const version of from(12)) {
    const event = { ...new TestRoom(version).draft(creation(alice, version)), json: { room_id: '!event1' } };
    assert.deepEqual(authorize(event, version, authStateOf([])), {
      allowed: false,
      rule: 1,
      reason: 'create-has-room-id',
    });
  }
});

for (const version of from(12)) {
  story('additional creators are a list of user ids', [version], unborn, [
    [creation(alice, version, { additional_creators: [bob.id, charlie.id] }), 'allow'],
  ]);
  for (const wrong of [
    null,
    'text',
    1,
    true,
    {},
    bob.id,
    [1],
    [null],
    [[bob.id]],
    ['bob'],
    ['@bob'],
    ['#bob:b.example'],
    [bob.id, ''],
  ]) {
    story(`additional creators cannot be ${JSON.stringify(wrong)}`, [version], unborn, [
      [creation(alice, version, { additional_creators: wrong }), 'additional-creators-not-user-ids'],
    ]);
  }
}

for (const version of upTo(11)) {
  story('additional creators mean nothing before version 12', [version], unborn, [
    [creation(alice, version, { additional_creators: 'text' }), 'allow'],
  ]);
}
