// https://spec.matrix.org/v1.19/client-server-api/#user-directory
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const SEARCH = `${V3}/user_directory/search`;

interface Found {
  readonly results: readonly {
    readonly user_id: string;
    readonly display_name?: string;
    readonly avatar_url?: string;
  }[];
  readonly limited: boolean;
}

async function found(client: Client, term: string, limit?: number): Promise<Found> {
  const body = { search_term: term, ...(limit === undefined ? {} : { limit }) };
  return (await client.ok('POST', SEARCH, body)).body as unknown as Found;
}

async function ids(client: Client, term: string, limit?: number): Promise<string[]> {
  return (await found(client, term, limit)).results.map((user) => user.user_id);
}

async function rename(client: Client, displayname: string): Promise<void> {
  await client.ok('PUT', `${V3}/profile/${client.userId}/displayname`, { displayname });
}

async function setState(client: Client, roomId: string, type: string, content: object): Promise<void> {
  await client.ok('PUT', `${roomPath(roomId)}/state/${type}/`, content);
}

/** Groups have two users each, so that some of these live in another one. */
async function people() {
  const hearth = new Hearth();
  const register = async (name: string): Promise<Client> => Client.register(hearth, name);
  const [alice, bob, charlie] = [await register('alice'), await register('bob'), await register('charlie')];
  return { hearth, alice, bob, charlie, eve: await register('eve') };
}

test('who shares a room is found, in whatever case and whatever group, and nobody else is', async () => {
  const { alice, bob, charlie, eve } = await people();
  await rename(charlie, 'Charlie Chaplin');
  const roomId = await alice.createRoom({ invite: [bob.userId, charlie.userId] });
  await charlie.join(roomId);
  for (const term of ['charlie', 'CHAPLIN', 'chaplin charlie', '@charlie:hs1', 'ie Ch']) {
    assert.deepEqual(await ids(alice, term), [charlie.userId], term);
    assert.deepEqual(await ids(eve, term), [], term);
    // Who is only invited shares nothing yet.
    assert.deepEqual(await ids(bob, term), [], term);
  }
  assert.deepEqual(await ids(alice, 'charlie of nowhere'), []);
  assert.deepEqual(await ids(alice, 'bob'), []);
  await charlie.ok('POST', `${roomPath(roomId)}/leave`, {});
  assert.deepEqual(await ids(alice, 'charlie'), []);
});

test('who is in a room that anybody may join or read is found by everybody, as long as it is one', async () => {
  const { alice, eve } = await people();
  const roomId = await alice.createRoom();
  assert.deepEqual(await ids(eve, 'alice'), []);
  await setState(alice, roomId, 'm.room.join_rules', { join_rule: 'public' });
  assert.deepEqual(await ids(eve, 'alice'), [alice.userId]);
  await setState(alice, roomId, 'm.room.join_rules', { join_rule: 'knock' });
  assert.deepEqual(await ids(eve, 'alice'), []);
  await setState(alice, roomId, 'm.room.history_visibility', { history_visibility: 'world_readable' });
  assert.deepEqual(await ids(eve, 'alice'), [alice.userId]);
  await alice.ok('POST', `${roomPath(roomId)}/leave`, {});
  assert.deepEqual(await ids(eve, 'alice'), []);
});

test('a user is called as the profile says, never as a room does that the searcher is not in', async () => {
  const { alice, bob, eve } = await people();
  await rename(alice, 'Alice Cooper');
  await alice.createRoom({ preset: 'public_chat' });
  const secret = await bob.createRoom({ invite: [alice.userId] });
  await alice.join(secret);
  await alice.ok('PUT', `${roomPath(secret)}/state/m.room.member/${alice.userId}`, {
    membership: 'join',
    displayname: 'Freddy',
  });
  assert.deepEqual(await ids(eve, 'Freddy'), []);
  for (const searcher of [bob, eve])
    assert.deepEqual((await found(searcher, 'alice')).results, [
      { user_id: alice.userId, display_name: 'Alice Cooper' },
    ]);
});

test('nobody finds themselves, nor an account that has ended', async () => {
  const { alice, eve } = await people();
  await alice.createRoom({ preset: 'public_chat' });
  assert.deepEqual(await ids(alice, 'alice'), []);
  assert.deepEqual(await ids(eve, 'alice'), [alice.userId]);
  const auth = { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'alice' }, password: alice.password };
  await alice.ok('POST', `${V3}/account/deactivate`, { auth });
  assert.deepEqual(await ids(eve, 'alice'), []);
});

test('the best come first, and a limit is told', async () => {
  const { hearth, alice, bob, charlie, eve } = await people();
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  for (const user of [bob, charlie, eve]) await user.join(roomId);
  const searcher = await Client.register(hearth, 'zoe');
  await rename(bob, 'Not Alice');
  await rename(charlie, 'Alice in Chains');
  assert.deepEqual(await found(searcher, 'alice'), {
    results: [
      { user_id: alice.userId, display_name: 'alice' },
      { user_id: charlie.userId, display_name: 'Alice in Chains' },
      { user_id: bob.userId, display_name: 'Not Alice' },
    ],
    limited: false,
  });
  assert.deepEqual(await ids(searcher, 'alice', 3), [alice.userId, charlie.userId, bob.userId]);
  const first = await found(searcher, 'alice', 1);
  assert.deepEqual([first.results.map((user) => user.user_id), first.limited], [[alice.userId], true]);
  assert.deepEqual(await found(searcher, 'alice', 0), { results: [], limited: true });
  assert.deepEqual(await found(searcher, '  '), { results: [], limited: false });
});

test('a search that cannot be one is refused', async () => {
  const { alice } = await people();
  for (const [body, errcode] of [
    [{}, 'M_MISSING_PARAM'],
    [{ search_term: 1 }, 'M_BAD_JSON'],
    [{ search_term: 'a', limit: 'many' }, 'M_BAD_JSON'],
    [{ search_term: 'a', limit: -1 }, 'M_INVALID_PARAM'],
    [{ search_term: 'a'.repeat(1001) }, 'M_INVALID_PARAM'],
  ] as const) {
    const answer = await alice.call('POST', SEARCH, body);
    assert.deepEqual([answer.status, answer.body.errcode], [400, errcode], JSON.stringify(body).slice(0, 50));
  }
});
