// https://spec.matrix.org/v1.19/client-server-api/#published-room-directory
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, type Body, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const listPath = (roomId: string): string => `${V3}/directory/list/room/${encodeURIComponent(roomId)}`;
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected);
};

async function people(hearth = new Hearth()) {
  return { hearth, alice: await Client.register(hearth, 'alice'), bob: await Client.register(hearth, 'bob') };
}

interface Page {
  readonly chunk: readonly Body[];
  readonly next_batch?: string;
  readonly prev_batch?: string;
  readonly total_room_count_estimate: number;
}

async function list(client: Client, query: Readonly<Record<string, string>> = {}): Promise<Page> {
  return (await client.ok('GET', `${V3}/publicRooms?${new URLSearchParams(query)}`)).body as unknown as Page;
}

async function search(client: Client, request: object): Promise<readonly unknown[]> {
  const { chunk } = (await client.ok('POST', `${V3}/publicRooms`, request)).body as unknown as Page;
  return chunk.map((room) => room['name']);
}

test('a published room shows itself to everybody, and its changes', async () => {
  const { hearth, alice, bob } = await people();
  const stranger = new Client(hearth);
  const roomId = await alice.createRoom({
    visibility: 'public',
    name: 'Garden',
    topic: 'Beds and bushes',
    room_alias_name: 'garden',
    creation_content: { type: 'org.example.plot' },
  });
  assert.deepEqual((await list(stranger)).chunk, [
    {
      room_id: roomId,
      num_joined_members: 1,
      world_readable: false,
      guest_can_join: false,
      join_rule: 'public',
      name: 'Garden',
      topic: 'Beds and bushes',
      canonical_alias: '#garden:hs1',
      room_type: 'org.example.plot',
    },
  ]);
  await bob.join(roomId);
  await alice.ok('PUT', `${roomPath(roomId)}/state/m.room.name`, { name: 'Orchard' });
  await alice.ok('PUT', `${roomPath(roomId)}/state/m.room.topic`, {
    topic: 'rich',
    'm.topic': { 'm.text': [{ body: '<b>x</b>', mimetype: 'text/html' }, { body: 'plain' }] },
  });
  await hearth.sleep(2000);
  const [room] = (await list(stranger)).chunk;
  assert.deepEqual([room?.['num_joined_members'], room?.['name'], room?.['topic']], [2, 'Orchard', 'plain']);
  // A room that everybody has left is nobody's to join.
  await bob.ok('POST', `${roomPath(roomId)}/leave`, {});
  await alice.ok('POST', `${roomPath(roomId)}/leave`, {});
  await hearth.sleep(2000);
  assert.deepEqual((await list(stranger)).chunk, []);
});

test('who may name the room publishes it, and nobody else', async () => {
  const { hearth, alice, bob } = await people();
  const stranger = new Client(hearth);
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  const visibility = async (): Promise<unknown> => (await stranger.ok('GET', listPath(roomId))).body['visibility'];
  assert.equal(await visibility(), 'private');
  refused(await bob.call('PUT', listPath(roomId), { visibility: 'public' }), 403, 'M_FORBIDDEN');
  await bob.join(roomId);
  refused(await bob.call('PUT', listPath(roomId), { visibility: 'public' }), 403, 'M_FORBIDDEN');
  refused(await alice.call('PUT', listPath(roomId), { visibility: 'secret' }), 400, 'M_BAD_JSON');
  await alice.ok('PUT', listPath(roomId), {});
  assert.equal(await visibility(), 'public');
  assert.equal((await list(stranger)).chunk.length, 1);
  refused(await bob.call('PUT', listPath(roomId), { visibility: 'private' }), 403, 'M_FORBIDDEN');
  await alice.ok('PUT', listPath(roomId), { visibility: 'private' });
  assert.equal(await visibility(), 'private');
  assert.deepEqual((await list(stranger)).chunk, []);
  await alice.ok('PUT', listPath(roomId), { visibility: 'public' });
  assert.equal((await list(stranger)).chunk.length, 1);
  for (const nowhere of ['!nowhere:hs1', 'nowhere']) {
    refused(await alice.call('GET', listPath(nowhere)), 404, 'M_NOT_FOUND');
    refused(await alice.call('PUT', listPath(nowhere), {}), 404, 'M_NOT_FOUND');
  }
});

test('the list is paged through in both directions, the largest rooms first', async () => {
  const { hearth, alice, bob } = await people();
  for (let n = 0; n < 5; n++) {
    const roomId = await alice.createRoom({ visibility: 'public', name: `room ${n}` });
    if (n === 3) await bob.join(roomId);
  }
  await hearth.sleep(2000);
  const all = (await list(alice)).chunk.map((room) => room['name']);
  assert.equal(all.length, 5);
  assert.equal(all[0], 'room 3');
  const pages: Page[] = [await list(alice, { limit: '2' })];
  for (let next = pages[0]?.next_batch; next !== undefined; next = pages.at(-1)?.next_batch)
    pages.push(await list(alice, { limit: '2', since: next }));
  assert.deepEqual(
    pages.map((page) => page.chunk.map((room) => room['name'])),
    [all.slice(0, 2), all.slice(2, 4), all.slice(4)],
  );
  assert.deepEqual(new Set(pages.map((page) => page.total_room_count_estimate)), new Set([5]));
  assert.equal(pages[0]?.prev_batch, undefined);
  const middle = await list(alice, { limit: '2', since: String(pages[2]?.prev_batch) });
  assert.deepEqual(middle.chunk, pages[1]?.chunk);
  const first = await list(alice, { limit: '2', since: String(middle.prev_batch) });
  assert.deepEqual([first.chunk, first.prev_batch], [pages[0]?.chunk, undefined]);
  assert.deepEqual((await list(alice, { limit: '2', since: String(first.next_batch) })).chunk, middle.chunk);
  refused(await alice.call('GET', `${V3}/publicRooms?since=garbage`), 400, 'M_INVALID_PARAM');
  refused(await alice.call('GET', `${V3}/publicRooms?limit=x`), 400, 'M_INVALID_PARAM');
  refused(await alice.call('GET', `${V3}/publicRooms?server=elsewhere`), 404, 'M_NOT_FOUND');
});

test('rooms are searched by words and by type', async () => {
  const { hearth, alice } = await people();
  await alice.createRoom({ visibility: 'public', name: 'Garden', topic: 'Äpfel 100%' });
  await alice.createRoom({ visibility: 'public', name: 'Shed', creation_content: { type: 'm.space' } });
  await hearth.settle();
  for (const [term, found] of [
    ['gARD', ['Garden']],
    ['äPFEL', ['Garden']],
    ['%', ['Garden']],
    ['_', []],
    ['', ['Garden', 'Shed']],
  ] as const)
    assert.deepEqual([...(await search(alice, { filter: { generic_search_term: term } }))].toSorted(), found, term);
  assert.deepEqual(await search(alice, { filter: { room_types: ['m.space'] } }), ['Shed']);
  assert.deepEqual(await search(alice, { filter: { room_types: [null] } }), ['Garden']);
  assert.deepEqual(await search(alice, { filter: { room_types: [] } }), []);
  const both = { include_all_networks: true, third_party_instance_id: 'irc' };
  refused(await alice.call('POST', `${V3}/publicRooms`, both), 400, 'M_INVALID_PARAM');
  refused(await alice.call('POST', `${V3}/publicRooms`, { filter: { room_types: [5] } }), 400, 'M_BAD_JSON');
  refused(await new Client(hearth).call('POST', `${V3}/publicRooms`, {}), 401, 'M_MISSING_TOKEN');
});
