// A Room commits, and the Users objects that are to hear of it are overloaded or away for long: what it has is delivered later,
// in order, once; who wrote it is answered when they can see it, and not before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, roomPath } from '../black-box/client.ts';
import { SETTINGS, World } from './world.ts';

const MINUTE_MS = 60_000;

interface Stage {
  readonly world: World;
  readonly alice: Client;
  readonly bob: Client;
  readonly roomId: string;
  send(body: string): Promise<{ readonly status: number; readonly body: { readonly [name: string]: unknown } }>;
}

/** Alice and Bob live in two groups. */
async function told(story: (stage: Stage) => Promise<void>): Promise<World> {
  const world = new World(5, 'durable', undefined, { ...SETTINGS, groupSize: 1 });
  world.machine.start();
  let outcome: { readonly error?: unknown } | undefined;
  const play = async (): Promise<void> => {
    const [alice, bob] = [await Client.register(world, 'alice'), await Client.register(world, 'bob')];
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    await bob.join(roomId);
    const send: Stage['send'] = (body) =>
      alice.call('PUT', `${roomPath(roomId)}/send/m.room.message/${body}`, { msgtype: 'm.text', body });
    await story({ world, alice, bob, roomId, send });
  };
  play().then(
    () => {
      outcome = {};
    },
    (error: unknown) => {
      outcome = { error };
    },
  );
  await world.scheduler.run(() => outcome !== undefined, 200_000);
  assert.ok(outcome, 'the story came to an end');
  if (outcome.error) throw outcome.error;
  return world;
}

async function bodies(client: Client, roomId: string): Promise<unknown[]> {
  const filter = JSON.stringify({ room: { timeline: { types: ['m.room.message'], limit: 100 } } });
  const events = (await client.sync({ filter })).rooms?.join?.[roomId]?.timeline?.events ?? [];
  return events.map(({ content }) => content['body']);
}

test('a group that is away for minutes is told everything when it is back, in order and once; the sender does not wait for it', async () => {
  await told(async ({ world, bob, roomId, send }) => {
    const sent = Array.from({ length: 12 }, (_, n) => `m${n}`);
    world.isAway = (object) => object === 'users 2';
    for (const body of sent) {
      const began = world.scheduler.now;
      assert.equal((await send(body)).status, 200);
      assert.ok(world.scheduler.now - began < 1500);
      await world.sleep(20_000);
    }
    world.isAway = () => false;
    // Nobody writes any more: the room's alarm brings it.
    await world.sleep(20_000);
    assert.deepEqual(await bodies(bob, roomId), sent);
    assert.equal((await send('last')).status, 200);
    assert.deepEqual(await bodies(bob, roomId), [...sent, 'last']);
  });
});

test('who wrote is answered when their own group has it, however often it refuses at first', async () => {
  await told(async ({ world, alice, roomId, send }) => {
    const until = world.scheduler.now + 5000;
    world.isAway = (object, method) => object === 'users 1' && method === 'apply' && world.scheduler.now < until;
    assert.equal((await send('one')).status, 200);
    assert.ok(world.scheduler.now >= until);
    assert.deepEqual(await bodies(alice, roomId), ['one']);
  });
});

test('who wrote and cannot be shown it is told to ask again, and then there is one event', async () => {
  const world = await told(async ({ world, alice, bob, roomId, send }) => {
    const until = world.scheduler.now + MINUTE_MS;
    world.isAway = (object, method) => object === 'users 1' && method === 'apply' && world.scheduler.now < until;
    assert.equal((await send('one')).status, 500);
    await world.sleep(MINUTE_MS);
    const { status, body } = await send('one');
    assert.equal(status, 200);
    assert.equal((await send('one')).body['event_id'], body['event_id']);
    for (const client of [alice, bob]) assert.deepEqual(await bodies(client, roomId), ['one']);
  });
  assert.ok(world.bugs.every((bug) => bug.includes('could not be told in time')));
});

test('who began a room that their own group cannot be told of yet is told its id, for a second request would make a second', async () => {
  const world = await told(async ({ world, alice }) => {
    const until = world.scheduler.now + MINUTE_MS;
    world.isAway = (object, method) => object === 'users 1' && method === 'apply' && world.scheduler.now < until;
    const { status, body } = await alice.call('POST', '/_matrix/client/v3/createRoom', { room_alias_name: 'late' });
    assert.equal(status, 200);
    assert.ok(world.scheduler.now < until);
    const roomId = String(body['room_id']);
    await world.sleep(2 * MINUTE_MS);
    assert.equal((await alice.sync()).rooms?.join?.[roomId] !== undefined, true);
    const { room_id: named } = (await alice.ok('GET', '/_matrix/client/v3/directory/room/%23late%3Asim.test')).body;
    assert.equal(named, roomId);
  });
  assert.deepEqual(world.bugs, []);
});
