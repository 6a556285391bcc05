import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorisingServer, requiredSignatures } from '../../src/events/required-signatures.ts';
import { ROOM_VERSIONS } from '../../src/events/room-versions.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import { versionOf } from './event-samples.ts';

function event(
  content: JsonObject,
  type = 'm.room.member',
  eventId = '$e:hs1',
): Parameters<typeof requiredSignatures>[0] {
  return { type, content, eventId, sender: '@alice:hs1:8448' };
}

test('the server of the sender, everything after the first colon, must have signed in every version', () => {
  for (const version of ROOM_VERSIONS)
    assert.ok(requiredSignatures(event({}, 'm.room.message', '$e:hs1:8448'), version)?.includes('hs1:8448'));
});

test('versions 1 and 2 ask the server of the event id as well, where it is another', () => {
  for (const id of ['1', '2'])
    assert.deepEqual(requiredSignatures(event({}, 'x', '$e:hs2'), versionOf(id)), ['hs1:8448', 'hs2']);
  assert.deepEqual(requiredSignatures(event({}, 'x', '$e:hs1:8448'), versionOf('1')), ['hs1:8448']);
  assert.deepEqual(requiredSignatures(event({}, 'x', '$e:hs2'), versionOf('3')), ['hs1:8448']);
});

test('from version 8 on the server of the user who authorises a join must have signed', () => {
  const content = { membership: 'join', join_authorised_via_users_server: '@bob:hs2' };
  assert.deepEqual(requiredSignatures(event(content), versionOf('7')), ['hs1:8448']);
  assert.deepEqual(requiredSignatures(event(content), versionOf('8')), ['hs1:8448', 'hs2']);
  assert.deepEqual(requiredSignatures(event(content, 'm.room.message'), versionOf('8')), ['hs1:8448']);
});

test('who authorises is told apart from who must have signed anyway', () => {
  const content = { membership: 'join', join_authorised_via_users_server: '@bob:hs2:80' };
  assert.deepEqual(authorisingServer(event(content), versionOf('9')), { serverName: 'hs2:80' });
  assert.equal(authorisingServer(event(content), versionOf('7')), undefined);
  assert.equal(
    authorisingServer(event({ membership: 'join', join_authorised_via_users_server: '' }), versionOf('9')),
    'nobody',
  );
});

test('one who is no user can authorise nobody', () => {
  for (const nobody of ['hs2', 7, null, {}, '@bob']) {
    assert.equal(
      requiredSignatures(event({ membership: 'join', join_authorised_via_users_server: nobody }), versionOf('11')),
      undefined,
    );
  }
});

test('an invite by a third-party identifier may come from another server; a join with the same content may not', () => {
  const invite = { third_party_invite: { signed: {} } };
  assert.deepEqual(requiredSignatures(event({ membership: 'invite', ...invite }), versionOf('11')), []);
  assert.deepEqual(requiredSignatures(event({ membership: 'join', ...invite }), versionOf('11')), ['hs1:8448']);
  assert.deepEqual(requiredSignatures(event({ membership: 'invite', ...invite }, 'm.room.topic'), versionOf('11')), [
    'hs1:8448',
  ]);
  assert.deepEqual(requiredSignatures(event({ membership: 'invite', third_party_invite: true }), versionOf('11')), [
    'hs1:8448',
  ]);
  assert.deepEqual(
    requiredSignatures(event({ membership: 'invite', ...invite }, 'm.room.member', '$e:hs2'), versionOf('1')),
    ['hs2'],
  );
});
