// Clients of three servers in one room, each a whole Hearth. https://spec.matrix.org/v1.19/server-server-api/#transactions
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomPath, type Client } from '../black-box/client.ts';
import { FederationWorld, someone } from './world.ts';

async function aWorld(version = '11', room: object = {}) {
  const world = new FederationWorld();
  const [hs1, hs2, hs3] = [world.hearth('hs1.test'), world.hearth('hs2.test'), world.hearth('hs3.test')];
  const [alice, bob, carol] = [await someone(hs1, 'alice'), await someone(hs2, 'bob'), await someone(hs3, 'carol')];
  const roomId = await alice.createRoom({ preset: 'public_chat', room_version: version, ...room });
  const errors = (): string[] => [hs1, hs2, hs3].flatMap((server) => server.errors);
  return { world, alice, bob, carol, roomId, errors };
}

const join = (client: Client, roomId: string, via: string) =>
  client.call('POST', `/_matrix/client/v3/join/${encodeURIComponent(roomId)}?via=${via}`, {});

/** What a client sees of the room: its state, and what was said in it, in no order. */
async function seen(client: Client, roomId: string): Promise<unknown> {
  const state = (await client.ok('GET', `${roomPath(roomId)}/state`)).body as unknown as { event_id: string }[];
  const { body } = await client.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=100`);
  const chunk = body['chunk'] as { type: string; content: { body?: string } }[];
  const said = chunk.flatMap(({ type, content }) => (type === 'm.room.message' ? [content.body] : []));
  return { state: state.map((event) => event.event_id).toSorted(), said: said.toSorted() };
}

for (const version of ['10', '11', '12'])
  test(`v${version}: a third server comes in through the second, and everybody hears everybody`, async () => {
    const { world, alice, bob, carol, roomId, errors } = await aWorld(version);
    assert.equal((await join(bob, roomId, 'hs1.test')).status, 200);
    await world.settle();
    assert.equal((await join(carol, roomId, 'hs2.test')).status, 200);
    await world.settle();
    for (const client of [alice, bob, carol]) {
      await client.send(roomId, `by ${client.userId}`);
      await world.settle();
    }
    await alice.ok('PUT', `${roomPath(roomId)}/state/m.room.topic`, { topic: 'Three' });
    await world.settle();
    const there = await seen(alice, roomId);
    assert.equal((there as { said: unknown[] }).said.length, 3);
    for (const client of [bob, carol]) assert.deepEqual(await seen(client, roomId), there, client.userId);
    assert.deepEqual(errors(), []);
  });

test('all three at once, cut off from each other for a while, end with the same room', async () => {
  const { world, alice, bob, carol, roomId, errors } = await aWorld();
  await join(bob, roomId, 'hs1.test');
  await world.settle();
  await join(carol, roomId, 'hs1.test');
  await world.settle();
  const names = ['hs1.test', 'hs2.test', 'hs3.test'];
  for (const from of names) for (const to of names) if (from !== to) world.cut(from, to);
  await alice.ok('PUT', `${roomPath(roomId)}/state/m.room.power_levels`, {
    users: { [alice.userId]: 100, [bob.userId]: 50 },
    state_default: 0,
    users_default: 0,
  });
  for (const client of [alice, bob, carol]) {
    await client.send(roomId, `alone: ${client.userId}`);
    await client.call('PUT', `${roomPath(roomId)}/state/m.room.topic`, { topic: client.userId });
    await client.ok('PUT', `${roomPath(roomId)}/state/m.room.member/${client.userId}`, {
      membership: 'join',
      displayname: `Alone ${client.userId}`,
    });
  }
  await world.settle();
  for (const from of names) for (const to of names) world.mend(from, to);
  await world.sleep(300_000);
  for (const client of [alice, bob, carol]) {
    await client.send(roomId, `together: ${client.userId}`);
    await world.sleep(10_000);
  }
  const there = await seen(alice, roomId);
  assert.equal((there as { said: unknown[] }).said.length, 6);
  for (const client of [bob, carol]) assert.deepEqual(await seen(client, roomId), there, client.userId);
  assert.deepEqual(errors(), []);
});

test('a server that was away for a day has everything when it is back', async () => {
  const { world, alice, bob, carol, roomId, errors } = await aWorld();
  await join(bob, roomId, 'hs1.test');
  await world.settle();
  await join(carol, roomId, 'hs1.test');
  await world.settle();
  world.goDown('hs3.test');
  for (let n = 0; n < 70; n++) await (n % 2 ? alice : bob).send(roomId, `${n}`);
  await world.settle();
  await world.sleep(86_400_000);
  world.comeBack('hs3.test');
  await carol.send(roomId, 'back');
  await world.sleep(60_000);
  const there = await seen(alice, roomId);
  assert.deepEqual(await seen(carol, roomId), there);
  assert.deepEqual(await seen(bob, roomId), there);
  assert.deepEqual(errors(), []);
});

test('a restricted join is vouched for by a server that can, and the third believes it', async () => {
  const { world, alice, bob, carol, roomId: open, errors } = await aWorld();
  await join(bob, open, 'hs1.test');
  await world.settle();
  const allow = [{ type: 'm.room_membership', room_id: open }];
  const roomId = await alice.createRoom({
    room_version: '11',
    preset: 'public_chat',
    initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'restricted', allow } }],
  });
  assert.equal((await join(carol, roomId, 'hs1.test')).status, 403);
  assert.equal((await join(bob, roomId, 'hs1.test')).status, 200);
  await world.settle();
  await join(carol, open, 'hs1.test');
  await world.settle();
  assert.equal((await join(carol, roomId, 'hs1.test')).status, 200);
  await carol.send(roomId, 'let in');
  await world.settle();
  const there = await seen(alice, roomId);
  assert.deepEqual(await seen(bob, roomId), there);
  assert.deepEqual(await seen(carol, roomId), there);
  assert.deepEqual(errors(), []);
});

test('a redaction and a kick by one server count on all', async () => {
  const { world, alice, bob, carol, roomId, errors } = await aWorld();
  await join(bob, roomId, 'hs1.test');
  await world.settle();
  await join(carol, roomId, 'hs2.test');
  await world.settle();
  const said = await bob.send(roomId, 'a mistake');
  await world.settle();
  await alice.ok('PUT', `${roomPath(roomId)}/redact/${said}/r1`, {});
  await alice.ok('POST', `${roomPath(roomId)}/kick`, { user_id: bob.userId });
  await world.settle();
  for (const client of [alice, carol]) {
    const { body } = await client.ok('GET', `${roomPath(roomId)}/event/${said}`);
    assert.deepEqual(body['content'], {});
  }
  assert.equal((await bob.call('PUT', `${roomPath(roomId)}/send/m.room.message/x`, { body: 'x' })).status, 403);
  await alice.send(roomId, 'not for bob');
  await world.settle();
  assert.deepEqual(await seen(carol, roomId), await seen(alice, roomId));
  const { body } = await bob.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=100`);
  assert.ok(!JSON.stringify(body).includes('not for bob'));
  assert.deepEqual(errors(), []);
});

test('who leaves and comes back through another server is where the others are', async () => {
  const { world, alice, bob, carol, roomId, errors } = await aWorld();
  await join(bob, roomId, 'hs1.test');
  await world.settle();
  await join(carol, roomId, 'hs1.test');
  await world.settle();
  await bob.ok('POST', `${roomPath(roomId)}/leave`, {});
  await world.settle();
  for (let n = 0; n < 5; n++) await (n % 2 ? alice : carol).send(roomId, `without bob ${n}`);
  await alice.ok('PUT', `${roomPath(roomId)}/state/m.room.name`, { name: 'Without Bob' });
  await world.settle();
  assert.equal((await join(bob, roomId, 'hs3.test')).status, 200);
  await bob.send(roomId, 'back');
  await world.settle();
  const state = async (client: Client): Promise<unknown> => ((await seen(client, roomId)) as { state: unknown }).state;
  assert.deepEqual(await state(bob), await state(alice));
  assert.deepEqual(await seen(carol, roomId), await seen(alice, roomId));
  assert.deepEqual(errors(), []);
});
