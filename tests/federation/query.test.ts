// What other servers ask of aliases and users. https://spec.matrix.org/v1.19/server-server-api/#querying-for-information
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encoded, Visitor } from './visitor.ts';
import { FederationWorld, someone } from './world.ts';

async function aWorld() {
  const world = new FederationWorld();
  const hs1 = world.hearth('hs1.test');
  const alice = await someone(hs1, 'alice');
  return { world, alice, eve: new Visitor(world.scripted('evil.test'), 'hs1.test') };
}

test('an alias is answered with its room and the servers that hold it, us first', async () => {
  const { alice, eve, world } = await aWorld();
  const roomId = await alice.createRoom({ preset: 'public_chat', room_version: '11', room_alias_name: 'here' });
  const ask = async () => (await eve.get(`query/directory?room_alias=${encoded('#here:hs1.test')}`)).json;
  assert.deepEqual(await ask(), { room_id: roomId, servers: ['hs1.test'] });
  await new Visitor(world.scripted('hon.test'), 'hs1.test').join(roomId);
  await eve.join(roomId);
  assert.deepEqual(await ask(), { room_id: roomId, servers: ['hs1.test', 'hon.test', 'evil.test'] });
  await eve.shake('leave', roomId);
  assert.deepEqual(await ask(), { room_id: roomId, servers: ['hs1.test', 'hon.test'] });
});

test('an alias that stands for nothing, is of another server, or of a room for our users alone is not found', async () => {
  const { alice, eve } = await aWorld();
  await alice.createRoom({ room_version: '11', room_alias_name: 'own', creation_content: { 'm.federate': false } });
  for (const alias of ['#none:hs1.test', '#here:hon.test', '#own:hs1.test']) {
    const { status, json } = await eve.get(`query/directory?room_alias=${encoded(alias)}`);
    assert.deepEqual([status, json['errcode']], [404, 'M_NOT_FOUND'], alias);
  }
  assert.equal((await eve.get('query/directory')).status, 400);
  assert.equal((await eve.get('query/directory?room_alias=x')).status, 400);
});

test('a profile is answered whole or by the field', async () => {
  const { alice, eve } = await aWorld();
  const user = `user_id=${encoded(alice.userId)}`;
  const path = `/_matrix/client/v3/profile/${alice.userId}`;
  await alice.ok('PUT', `${path}/displayname`, { displayname: 'Alice' });
  await alice.ok('PUT', `${path}/avatar_url`, { avatar_url: 'mxc://hs1.test/x' });
  assert.deepEqual((await eve.get(`query/profile?${user}`)).json, {
    displayname: 'Alice',
    avatar_url: 'mxc://hs1.test/x',
  });
  assert.deepEqual((await eve.get(`query/profile?${user}&field=displayname`)).json, { displayname: 'Alice' });
  for (const field of ['m.tz', '__proto__', 'constructor'])
    assert.equal((await eve.get(`query/profile?${user}&field=${field}`)).status, 404);
});

test('who is not here, or of another server, has no profile here', async () => {
  const { eve } = await aWorld();
  for (const userId of ['@nobody:hs1.test', '@eve:evil.test', '@alice:hs1.test:8448'])
    assert.equal((await eve.get(`query/profile?user_id=${encoded(userId)}`)).status, 404);
  assert.equal((await eve.get('query/profile')).status, 400);
  assert.equal((await eve.get('query/profile?user_id=x')).status, 400);
});
