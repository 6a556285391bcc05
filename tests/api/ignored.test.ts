// What a user who ignores another is shown, on every surface: no events but state, no invites, nothing that passes.
// https://spec.matrix.org/v1.19/client-server-api/#ignoring-users
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, roomPath, type SyncEvent } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const ignore = (by: Client, ...users: Client[]) =>
  by.ok('PUT', `${V3}/user/${by.userId}/account_data/m.ignored_user_list`, {
    ignored_users: Object.fromEntries(users.map((user) => [user.userId, {}])),
  });
const senders = (events: readonly SyncEvent[] | undefined): string[] => (events ?? []).map(({ sender }) => sender);

/** Alice ignores Bob, who has said something in their room and set its topic, and goes on doing so. */
async function world() {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const bob = await Client.register(hearth, 'bob');
  const charlie = await Client.register(hearth, 'charlie');
  const room = await alice.createRoom({ preset: 'public_chat', power_level_content_override: { state_default: 0 } });
  await bob.join(room);
  await charlie.join(room);
  const topic = (text: string) => bob.ok('PUT', `${roomPath(room)}/state/m.room.topic`, { topic: text });
  return { hearth, alice, bob, charlie, room, topic };
}

test('what an ignored user said before is not in an initial sync, but state is', async () => {
  const { alice, bob, charlie, room, topic } = await world();
  await bob.send(room, 'before');
  await charlie.send(room, 'heard');
  await topic('a topic');
  await ignore(alice, bob);
  const events = (await alice.sync()).rooms?.join?.[room]?.timeline?.events ?? [];
  const fromBob = events.filter(({ sender }) => sender === bob.userId);
  assert.deepEqual(
    fromBob.map(({ type }) => type),
    ['m.room.member', 'm.room.topic'],
  );
  assert.ok(events.some(({ content }) => content['body'] === 'heard'));
});

test('what an ignored user says is not told from then on, on any device, and not made up for afterwards', async () => {
  const { alice, bob, charlie, room, topic } = await world();
  const laptop = await alice.login();
  const [phone, other] = [await alice.sync(), await laptop.sync()];
  await ignore(alice, bob);
  await bob.send(room, 'unheard');
  await topic('seen');
  await charlie.send(room, 'heard');
  for (const [device, { next_batch: since }] of [
    [alice, phone],
    [laptop, other],
  ] as const) {
    const { next_batch: later, rooms } = await device.sync({ since });
    const events = rooms?.join?.[room]?.timeline?.events ?? [];
    assert.deepEqual(
      events.map(({ type }) => type),
      ['m.room.topic', 'm.room.message'],
    );
    await ignore(alice);
    const { rooms: after } = await device.sync({ since: later });
    assert.equal(after?.join?.[room]?.timeline, undefined);
    await ignore(alice, bob);
  }
  await ignore(alice);
  const { next_batch: since } = await alice.sync();
  await bob.send(room, 'heard again');
  assert.deepEqual(senders((await alice.sync({ since })).rooms?.join?.[room]?.timeline?.events), [bob.userId]);
});

test('no page of the past and no surroundings of an event hold what an ignored user said', async () => {
  const { alice, bob, charlie, room, topic } = await world();
  await bob.send(room, 'before');
  const between = await charlie.send(room, 'between');
  await bob.send(room, 'after');
  await topic('seen');
  await ignore(alice, bob);
  const page = (await alice.ok('GET', `${roomPath(room)}/messages?dir=b&limit=100`)).body['chunk'] as SyncEvent[];
  assert.deepEqual(
    page.filter(({ sender }) => sender === bob.userId).map(({ type }) => type),
    ['m.room.topic', 'm.room.member'],
  );
  const { body } = await alice.ok('GET', `${roomPath(room)}/context/${encodeURIComponent(between)}`);
  const around = [...(body['events_before'] as SyncEvent[]), ...(body['events_after'] as SyncEvent[])];
  assert.deepEqual(
    around.filter(({ sender }) => sender === bob.userId).map(({ type }) => type),
    ['m.room.member', 'm.room.topic'],
  );
  const own = (await bob.ok('GET', `${roomPath(room)}/messages?dir=b&limit=100`)).body['chunk'] as SyncEvent[];
  assert.ok(own.some(({ content }) => content['body'] === 'before'));
});

test('an invite of an ignored user is shown in no sync until the user is ignored no more', async () => {
  const { hearth, alice, bob, charlie } = await world();
  await ignore(alice, bob);
  const { next_batch: since } = await alice.sync();
  let over = false;
  const poll = alice.sync({ since, timeout: '20000' }).finally(() => {
    over = true;
  });
  const unwanted = await bob.createRoom({ invite: [alice.userId] });
  await hearth.sleep(5000);
  assert.equal(over, false, 'nobody wakes for it');
  const wanted = await charlie.createRoom({ invite: [alice.userId] });
  assert.deepEqual(Object.keys((await poll).rooms?.invite ?? {}), [wanted]);
  assert.deepEqual(Object.keys((await alice.sync()).rooms?.invite ?? {}), [wanted]);
  await ignore(alice);
  assert.deepEqual(Object.keys((await alice.sync()).rooms?.invite ?? {}).toSorted(), [unwanted, wanted].toSorted());
});

test('whether an ignored user types or has read is not told', async () => {
  const { hearth, alice, bob, charlie, room } = await world();
  const eventId = await charlie.send(room, 'read me');
  await ignore(alice, bob);
  const { next_batch: since } = await alice.sync();
  for (const user of [bob, charlie]) {
    await user.ok('PUT', `${roomPath(room)}/typing/${user.userId}`, { typing: true });
    await user.ok('POST', `${roomPath(room)}/receipt/m.read/${encodeURIComponent(eventId)}`, {});
  }
  await hearth.sleep(2000);
  for (const answer of [await alice.sync({ since }), await alice.sync()]) {
    const ephemeral = answer.rooms?.join?.[room]?.ephemeral?.events ?? [];
    const typing = ephemeral.find(({ type }) => type === 'm.typing')?.content['user_ids'];
    assert.deepEqual(typing, [charlie.userId]);
    const receipts = ephemeral.find(({ type }) => type === 'm.receipt')?.content as Record<
      string,
      Record<string, object>
    >;
    assert.deepEqual(Object.keys(receipts[eventId]?.['m.read'] ?? {}), [charlie.userId]);
  }
  const { next_batch: calm } = await alice.sync();
  await bob.ok('PUT', `${roomPath(room)}/typing/${bob.userId}`, { typing: false });
  assert.deepEqual((await alice.sync({ since: calm })).rooms?.join?.[room]?.ephemeral?.events[0]?.content['user_ids'], [
    charlie.userId,
  ]);
});

test('whom a user ignores does not change what others are shown, nor who ignores themselves', async () => {
  const { alice, bob, charlie, room } = await world();
  await ignore(alice, bob, alice);
  await bob.send(room, 'one');
  await alice.send(room, 'two');
  const bodies = async (user: Client): Promise<unknown[]> =>
    ((await user.sync()).rooms?.join?.[room]?.timeline?.events ?? []).flatMap(({ content }) => content['body'] ?? []);
  assert.deepEqual(await bodies(charlie), ['one', 'two']);
  assert.deepEqual(await bodies(alice), ['two']);
});
