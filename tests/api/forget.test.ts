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
