// Presence between users who share a room: said, polled, told, switched off. https://spec.matrix.org/v1.19/client-server-api/#presence
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, Client } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected);
};
const statusOf = (user: Client): string => `${V3}/presence/${user.userId}/status`;
const say = (user: Client, presence: string, more: object = {}) =>
  user.ok('PUT', statusOf(user), { presence, ...more });
type Told = Record<string, Record<string, unknown>>;

/** What a sync tells of presence, by sender, and its token. `set` is what it says itself: nothing unless told. */
async function told(user: Client, query: Record<string, string> = {}): Promise<{ told: Told; since: string }> {
  const { body } = await user.ok('GET', `${V3}/sync?${new URLSearchParams({ set_presence: 'offline', ...query })}`);
  const events = (body['presence'] as { events: { type: string; sender: string; content: object }[] } | undefined)
    ?.events;
  for (const { type } of events ?? []) assert.equal(type, 'm.presence');
  return {
    told: Object.fromEntries((events ?? []).map(({ sender, content }) => [sender, content])) as Told,
    since: String(body['next_batch']),
  };
}

/** Alice and Bob share a room; Charlie shares none. All three in groups of `groupSize`. */
async function world(settings: { presence?: boolean; groupSize?: number } = {}) {
  const hearth = new Hearth({ presence: true, groupSize: 100, ...settings });
  const [alice, bob, charlie] = [
    await Client.register(hearth, 'alice'),
    await Client.register(hearth, 'bob'),
    await Client.register(hearth, 'charlie'),
  ];
  const room = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(room);
  await hearth.sleep(2000);
  return { hearth, alice, bob, charlie, room };
}

for (const groupSize of [100, 1]) {
  const where = groupSize === 1 ? 'in groups of their own' : 'in one group';

  test(`what a user says reaches who shares a room, and nobody else, ${where}`, async () => {
    const { hearth, alice, bob, charlie } = await world({ groupSize });
    const [before, others] = [await told(bob), await told(charlie)];
    await hearth.sleep(2000);
    await say(alice, 'online', { status_msg: 'at work' });
    await hearth.sleep(2000);
    const { told: news } = await told(bob, { since: before.since });
    assert.deepEqual(news[alice.userId], {
      presence: 'online',
      currently_active: true,
      last_active_ago: news[alice.userId]?.['last_active_ago'],
      status_msg: 'at work',
      displayname: 'alice',
    });
    assert.ok(Number(news[alice.userId]?.['last_active_ago']) <= 4000);
    assert.deepEqual((await told(charlie, { since: others.since })).told, {});
    assert.deepEqual(Object.keys((await told(bob)).told), [alice.userId]);
    assert.deepEqual((await told(charlie)).told, {});
  });

  test(`a waiting poll wakes when somebody comes, ${where}`, async () => {
    const { hearth, alice, bob } = await world({ groupSize });
    const { since } = await told(bob);
    const poll = told(bob, { since, timeout: '30000' });
    await hearth.settle();
    await alice.ok('GET', `${V3}/sync`);
    await hearth.sleep(2000);
    assert.equal((await poll).told[alice.userId]?.['presence'], 'online');
  });

  test(`who stops polling goes idle or offline by the clock, ${where}`, async () => {
    const { hearth, alice, bob } = await world({ groupSize });
    await alice.ok('GET', `${V3}/sync`);
    await hearth.sleep(2000);
    const { since } = await told(bob);
    await hearth.sleep(70_000);
    const later = await told(bob, { since });
    assert.deepEqual([later.told[alice.userId]?.['presence']], ['offline']);
    assert.ok(Number(later.told[alice.userId]?.['last_active_ago']) >= 70_000);
    assert.deepEqual((await told(bob, { since: later.since })).told, {});
  });

  test(`who comes into a room hears who is there, and is heard of, ${where}`, async () => {
    const { hearth, alice, bob, charlie, room } = await world({ groupSize });
    await say(alice, 'online');
    await say(charlie, 'unavailable');
    await hearth.sleep(2000);
    const [bobs, charlies] = [await told(bob), await told(charlie)];
    assert.deepEqual([Object.keys(bobs.told), Object.keys(charlies.told)], [[alice.userId], [charlie.userId]]);
    await charlie.join(room);
    await hearth.sleep(2000);
    assert.equal((await told(charlie, { since: charlies.since })).told[alice.userId]?.['presence'], 'online');
    assert.equal((await told(bob, { since: bobs.since })).told[charlie.userId]?.['presence'], 'online');
  });
}

test('presence is asked for by who shares a room, and by nobody else', async () => {
  const { alice, bob, charlie } = await world({ groupSize: 1 });
  assert.deepEqual((await bob.ok('GET', statusOf(alice))).body, { presence: 'offline' });
  await say(alice, 'unavailable', { status_msg: 'away' });
  for (const user of [alice, bob]) {
    const { body } = await user.ok('GET', statusOf(alice));
    assert.deepEqual(body, { presence: 'unavailable', last_active_ago: body['last_active_ago'], status_msg: 'away' });
  }
  refused(await charlie.call('GET', statusOf(alice)), 403, 'M_FORBIDDEN');
  refused(await alice.call('GET', `${V3}/presence/@nobody:hs1/status`), 404, 'M_NOT_FOUND');
  refused(await alice.call('PUT', statusOf(bob), { presence: 'online' }), 403, 'M_FORBIDDEN');
});

test('bad presence is refused and changes nothing', async () => {
  const { alice } = await world();
  refused(await alice.call('PUT', statusOf(alice), {}), 400, 'M_MISSING_PARAM');
  for (const bad of [{ presence: 'here' }, { presence: 'online', status_msg: 1 }])
    refused(await alice.call('PUT', statusOf(alice), bad), 400, 'M_BAD_JSON');
  refused(
    await alice.call('PUT', statusOf(alice), { presence: 'online', status_msg: 'x'.repeat(1025) }),
    400,
    'M_BAD_JSON',
  );
  refused(await alice.call('GET', `${V3}/sync?set_presence=here`), 400, 'M_INVALID_PARAM');
  assert.deepEqual((await alice.ok('GET', statusOf(alice))).body, { presence: 'offline' });
});

test('a status message stays until it is taken away', async () => {
  const { alice } = await world();
  const message = async () => (await alice.ok('GET', statusOf(alice))).body['status_msg'];
  await say(alice, 'online', { status_msg: 'a' });
  await say(alice, 'offline');
  assert.equal(await message(), 'a');
  await say(alice, 'online', { status_msg: null });
  assert.equal(await message(), undefined);
});

test('who sends a message is online again', async () => {
  const { hearth, alice, bob, room } = await world();
  await say(alice, 'unavailable');
  await hearth.sleep(2000);
  const { since } = await told(bob);
  await alice.send(room, 'back');
  await hearth.sleep(2000);
  assert.equal((await told(bob, { since })).told[alice.userId]?.['presence'], 'online');
});

test('a new name is told with the presence', async () => {
  const { hearth, alice, bob } = await world();
  const { since } = await told(bob);
  await alice.ok('PUT', `${V3}/profile/${alice.userId}/displayname`, { displayname: 'Alice' });
  await alice.ok('PUT', `${V3}/profile/${alice.userId}/avatar_url`, { avatar_url: 'mxc://hs1/a' });
  await hearth.sleep(2000);
  const { told: news } = await told(bob, { since });
  assert.deepEqual(news[alice.userId], { presence: 'offline', displayname: 'Alice', avatar_url: 'mxc://hs1/a' });
});

test('a filter keeps presence away, and a poll with it sleeps on', async () => {
  const { hearth, alice, bob } = await world();
  const filter = JSON.stringify({ presence: { not_types: ['m.*'] } });
  const { since } = await told(bob, { filter });
  let over = false;
  const poll = told(bob, { since, filter, timeout: '20000' }).finally(() => {
    over = true;
  });
  await say(alice, 'online');
  await hearth.sleep(5000);
  assert.equal(over, false);
  await hearth.sleep(20_000);
  assert.deepEqual((await poll).told, {});
  const bySender = JSON.stringify({ presence: { not_senders: [alice.userId] } });
  assert.deepEqual((await told(bob, { since, filter: bySender })).told, {});
  assert.deepEqual(Object.keys((await told(bob, { since })).told), [alice.userId]);
});

test('who is ignored is not told of', async () => {
  const { hearth, alice, bob } = await world();
  await bob.ok('PUT', `${V3}/user/${bob.userId}/account_data/m.ignored_user_list`, {
    ignored_users: { [alice.userId]: {} },
  });
  const { since } = await told(bob);
  await say(alice, 'online');
  await hearth.sleep(2000);
  assert.deepEqual((await told(bob, { since })).told, {});
  assert.deepEqual((await told(bob)).told, {});
});

test('a crowd that changes at once is told once', async () => {
  const { hearth, alice, bob, room } = await world();
  await say(alice, 'online');
  const { since } = await told(bob);
  const crowd = [];
  for (let n = 0; n < 10; n++) crowd.push(await Client.register(hearth, `user${n}`));
  for (const one of crowd) await one.join(room);
  await hearth.sleep(2000);
  const settled = await told(bob, { since });
  for (const one of crowd) await one.ok('GET', `${V3}/sync`);
  const first = await told(bob, { since: settled.since });
  await hearth.sleep(2000);
  const second = await told(bob, { since: first.since });
  assert.deepEqual(Object.keys(first.told).length + Object.keys(second.told).length, 10);
  assert.ok(Object.keys(first.told).length <= 1);
});

test('with presence switched off the operations answer, and nobody is told', async () => {
  const { hearth, alice, bob } = await world({ presence: false });
  const { since } = await told(bob);
  await say(alice, 'online', { status_msg: 'at work' });
  await alice.ok('GET', `${V3}/sync?set_presence=online`);
  await hearth.sleep(2000);
  assert.deepEqual((await bob.ok('GET', statusOf(alice))).body, { presence: 'offline' });
  assert.deepEqual([(await told(bob, { since })).told, (await told(bob)).told], [{}, {}]);
});
