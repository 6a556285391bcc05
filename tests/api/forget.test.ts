// https://spec.matrix.org/v1.19/client-server-api/#leaving-rooms
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const WITH_LEFT = { filter: JSON.stringify({ room: { include_leave: true } }) };
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected);
};

async function aSharedRoom() {
  const hearth = new Hearth();
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(roomId);
  await alice.send(roomId, 'before');
  const post = async (client: Client, name: string): Promise<Answer> =>
    client.call('POST', `${roomPath(roomId)}/${name}`);
  return { hearth, alice, bob, roomId, post };
}

test('only a room that was left can be forgotten', async () => {
  const { alice, bob, roomId, post } = await aSharedRoom();
  refused(await post(bob, 'forget'), 400, 'M_UNKNOWN');
  await bob.ok('POST', `${roomPath(roomId)}/leave`);
  await alice.invite(roomId, bob.userId);
  refused(await post(bob, 'forget'), 400, 'M_UNKNOWN');
  await bob.ok('POST', `${roomPath(roomId)}/leave`);
  assert.equal((await post(bob, 'forget')).status, 200);
  assert.equal((await post(bob, 'forget')).status, 200);
  assert.equal((await bob.call('POST', `${roomPath('!nowhere:hs1')}/forget`)).status, 200);
});

test('a forgotten room is read no more and stands in no initial sync, but its leave is told', async () => {
  const { bob, roomId, post } = await aSharedRoom();
  const { next_batch: since } = await bob.sync();
  await bob.ok('POST', `${roomPath(roomId)}/leave`);
  assert.ok((await bob.sync(WITH_LEFT)).rooms?.leave?.[roomId]);
  assert.equal((await bob.call('GET', `${roomPath(roomId)}/messages?dir=b`)).status, 200);
  await post(bob, 'forget');
  for (const path of ['messages?dir=b', 'messages', 'state', 'members'])
    refused(await bob.call('GET', `${roomPath(roomId)}/${path}`), 403, 'M_FORBIDDEN');
  assert.equal((await bob.sync(WITH_LEFT)).rooms?.leave?.[roomId], undefined);
  const told = await bob.sync({ ...WITH_LEFT, since });
  assert.ok(told.rooms?.leave?.[roomId]);
  assert.equal((await bob.sync({ ...WITH_LEFT, since: told.next_batch })).rooms?.leave?.[roomId], undefined);
});

test('who comes back has the room as it was', async () => {
  const { alice, bob, roomId, post } = await aSharedRoom();
  await bob.ok('POST', `${roomPath(roomId)}/leave`);
  await post(bob, 'forget');
  await alice.invite(roomId, bob.userId);
  assert.ok((await bob.sync()).rooms?.invite?.[roomId]);
  await bob.join(roomId);
  const { body } = await bob.ok('GET', `${roomPath(roomId)}/messages?dir=b`);
  const texts = (body['chunk'] as readonly { content: { body?: string } }[]).map(({ content }) => content.body);
  assert.ok(texts.includes('before'));
  await bob.ok('POST', `${roomPath(roomId)}/leave`);
  assert.ok((await bob.sync(WITH_LEFT)).rooms?.leave?.[roomId]);
});

test('a room that everybody has left and forgotten is gone, with its names and its place in the directory', async () => {
  const { hearth, alice, bob, roomId, post } = await aSharedRoom();
  const named = `/_matrix/client/v3/directory/room/${encodeURIComponent('#named:hs1')}`;
  await alice.ok('PUT', named, { room_id: roomId });
  await alice.ok('PUT', `/_matrix/client/v3/directory/list/room/${encodeURIComponent(roomId)}`, {
    visibility: 'public',
  });
  const listed = async (): Promise<unknown[]> =>
    (await bob.ok('GET', '/_matrix/client/v3/publicRooms')).body['chunk'] as unknown[];
  assert.equal((await listed()).length, 1);
  const { next_batch: since } = await bob.sync();
  for (const client of [alice, bob])
    for (const name of ['leave', 'forget']) assert.equal((await post(client, name)).status, 200);
  // Who comes back soon enough finds it as it was.
  await hearth.sleep(1000);
  await bob.join(roomId);
  for (const name of ['leave', 'forget']) assert.equal((await post(bob, name)).status, 200);
  await hearth.sleep(60_000);
  refused(await post(bob, 'join'), 404, 'M_NOT_FOUND');
  refused(await bob.call('GET', named), 404, 'M_NOT_FOUND');
  assert.deepEqual(await listed(), []);
  // The leave is told, though nothing of the room can be.
  const told = await bob.sync({ since });
  assert.ok(told.rooms?.leave?.[roomId]);
  assert.equal((await bob.sync({ since: told.next_batch })).rooms, undefined);
  assert.equal((await bob.sync(WITH_LEFT)).rooms, undefined);
  assert.equal((await post(bob, 'forget')).status, 200);
  assert.deepEqual(hearth.errors, []);
});

test('the end of an account is the end of its memory', async () => {
  const { hearth, alice, bob, post } = await aSharedRoom();
  // One room she is in, another she has left.
  const other = await alice.createRoom({ preset: 'public_chat' });
  await alice.ok('POST', `${roomPath(other)}/leave`);
  for (const name of ['leave', 'forget']) assert.equal((await post(bob, name)).status, 200);
  const identifier = { type: 'm.id.user', user: alice.userId };
  const auth = { type: 'm.login.password', identifier, password: alice.password };
  await alice.ok('POST', '/_matrix/client/v3/account/deactivate', { auth });
  await hearth.sleep(60_000);
  refused(await post(bob, 'join'), 404, 'M_NOT_FOUND');
  refused(await bob.call('POST', `${roomPath(other)}/join`), 404, 'M_NOT_FOUND');
});
