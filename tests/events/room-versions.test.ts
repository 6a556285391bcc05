import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_ROOM_VERSION, ROOM_VERSIONS, roomVersion } from '../../src/events/room-versions.ts';
import type { RoomVersion } from '../../src/events/room-version.ts';

/** The versions for which `holds`, which is how the specification tells a change. */
function idsWhere(holds: (version: RoomVersion) => boolean): string {
  return ROOM_VERSIONS.filter(holds)
    .map(({ id }) => id)
    .join(' ');
}

test('there are twelve, and 12 is the default', () => {
  assert.equal(
    idsWhere(() => true),
    '1 2 3 4 5 6 7 8 9 10 11 12',
  );
  assert.equal(DEFAULT_ROOM_VERSION.id, '12');
  for (const id of ['0', '13', '', '01', '__proto__', 'org.matrix.msc2176']) assert.equal(roomVersion(id), undefined);
  for (const version of ROOM_VERSIONS) assert.equal(roomVersion(version.id), version);
});

test('what each version changed', () => {
  assert.equal(
    idsWhere((v) => v.eventId === 'carried'),
    '1 2',
  );
  assert.equal(
    idsWhere((v) => v.eventId === 'hash-base64'),
    '3',
  );
  assert.equal(
    idsWhere((v) => v.references === 'pairs'),
    '1 2',
  );
  assert.equal(
    idsWhere((v) => v.stateResolution === 'v1'),
    '1',
  );
  assert.equal(
    idsWhere((v) => v.stateResolution === 'v2.1'),
    '12',
  );
  assert.equal(
    idsWhere((v) => v.redactionRule),
    '1 2',
  );
  assert.equal(
    idsWhere((v) => v.aliasesRule),
    '1 2 3 4 5',
  );
  assert.equal(
    idsWhere((v) => !v.enforceKeyValidity),
    '1 2 3 4',
  );
  assert.equal(
    idsWhere((v) => !v.strictCanonicalJson),
    '1 2 3 4 5',
  );
  assert.equal(
    idsWhere((v) => v.depthMaximum > Number.MAX_SAFE_INTEGER),
    '1 2 3 4 5',
  );
  assert.equal(
    idsWhere((v) => !v.notificationLevelsChecked),
    '1 2 3 4 5',
  );
  assert.equal(
    idsWhere((v) => v.knocking),
    '7 8 9 10 11 12',
  );
  assert.equal(
    idsWhere((v) => v.restrictedJoins),
    '8 9 10 11 12',
  );
  assert.equal(
    idsWhere((v) => v.knockRestricted && v.integerPowerLevels),
    '10 11 12',
  );
  assert.equal(
    idsWhere((v) => v.creatorIsSender && v.redactsInContent),
    '11 12',
  );
  assert.equal(
    idsWhere((v) => v.roomIdIsCreateHash && v.privilegedCreators),
    '12',
  );
});
