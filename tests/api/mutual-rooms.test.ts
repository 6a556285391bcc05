// The rooms that two users share. https://spec.matrix.org/v1.19/client-server-api/#mutual-rooms
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const PATH = '/_matrix/client/v1/mutual_rooms';

test('only rooms that both are joined to are told, whichever groups they live in', async () => {
  const hearth = new Hearth({ groupSize: 1 });
  const alice = await Client.register(hearth, 'alice');
  const bob = await Client.register(hearth, 'bob');
  const [shared, left, invited] = [
    await alice.createRoom({ preset: 'public_chat' }),
    await alice.createRoom({ preset: 'public_chat' }),
    await alice.createRoom({ invite: [bob.userId] }),
  ];
  await alice.createRoom();
  for (const room of [shared, left]) await bob.join(room);
  await bob.ok('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(left)}/leave`, {});
  assert.notEqual(invited, shared);
  for (const [user, other] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const { body } = await user.ok('GET', `${PATH}?user_id=${encodeURIComponent(other.userId)}`);
    assert.deepEqual(body, { joined: [shared], count: 1 });
  }
});

test('nobody shares rooms with who is not there, and oneself is not asked about', async () => {
  const alice = await Client.register(new Hearth(), 'alice');
  await alice.createRoom();
  for (const nobody of ['@nobody:hs1', '@bob:elsewhere'])
    assert.deepEqual((await alice.ok('GET', `${PATH}?user_id=${nobody}`)).body, { joined: [], count: 0 });
  for (const bad of [
    '',
    '?user_id=',
    '?user_id=bob',
    `?user_id=${alice.userId}`,
    '?user_id=@:hs1',
    '?user_id=@bob:hs1&from=x',
  ]) {
    const { status, body } = await alice.call('GET', `${PATH}${bad}`);
    assert.deepEqual([status, body.errcode], [400, 'M_INVALID_PARAM'], bad);
  }
});

test('many rooms come in pages that together hold each once', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const bob = await Client.register(hearth, 'bob');
  const rooms: string[] = [];
  for (let n = 0; n < 101; n++) rooms.push(await alice.createRoom({ preset: 'public_chat' }));
  for (const room of rooms) await bob.join(room);
  const path = `${PATH}?user_id=${bob.userId}`;
  const { body: first } = await alice.ok('GET', path);
  const { body: second } = await alice.ok('GET', `${path}&from=${String(first['next_batch'])}`);
  assert.deepEqual([...(first['joined'] as string[]), ...(second['joined'] as string[])], rooms.toSorted());
  assert.deepEqual([first['count'], second['count'], second['next_batch']], [101, 101, undefined]);
});
