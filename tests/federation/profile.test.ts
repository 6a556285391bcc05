// Profiles of users elsewhere, for clients. https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3profileuserid
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerJson } from './scripted-server.ts';
import { FederationWorld, someone } from './world.ts';

const path = (userId: string, field = ''): string => `/_matrix/client/v3/profile/${encodeURIComponent(userId)}${field}`;

test('the profile of a user elsewhere is what their server tells', async () => {
  const world = new FederationWorld();
  const alice = await someone(world.hearth('hs1.test'), 'alice');
  const bob = await someone(world.hearth('hs2.test'), 'bob');
  await bob.ok('PUT', path(bob.userId, '/displayname'), { displayname: 'Bob' });
  assert.equal((await alice.ok('GET', path(bob.userId))).body['displayname'], 'Bob');
  assert.deepEqual((await alice.ok('GET', path(bob.userId, '/displayname'))).body, { displayname: 'Bob' });
  const none = await alice.call('GET', path('@nobody:hs2.test'));
  assert.deepEqual([none.status, none.body['errcode']], [404, 'M_NOT_FOUND']);
});

test('a server that tells nonsense of its users is believed nothing, and one that is away is said to be', async () => {
  const world = new FederationWorld();
  const hs1 = world.hearth('hs1.test');
  const alice = await someone(hs1, 'alice');
  const evil = world.scripted('evil.test');
  evil.on('GET', /query\/profile/, () => answerJson(200, { displayname: { a: 1 }, avatar_url: [], 'm.tz': 'UTC' }));
  assert.deepEqual((await alice.ok('GET', path('@eve:evil.test'))).body, { 'm.tz': 'UTC' });
  for (const body of ['[]', '{"a":1,"a":2}', `{"displayname":"${'x'.repeat(200_000)}"}`, 'x']) {
    evil.on('GET', /query\/profile/, () => ({ status: 200, headers: [], body }));
    assert.equal((await alice.call('GET', path('@eve:evil.test'))).status, 502);
  }
  evil.on('GET', /query\/profile/, () => answerJson(403, { errcode: 'M_FORBIDDEN', error: 'no' }));
  assert.equal((await alice.call('GET', path('@eve:evil.test'))).status, 403);
  assert.deepEqual(hs1.errors, []);
});
