// What stands around an event, and the event nearest to a time.
// https://spec.matrix.org/v1.19/client-server-api/#event-context
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, type Body, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

type Shown = { readonly event_id: string; readonly type: string; readonly state_key?: string; readonly content: Body };

const encoded = encodeURIComponent;
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected, JSON.stringify(body));
};
const bodies = (events: unknown): string[] =>
  (events as Shown[]).map(({ content, type }) => String(content['body'] ?? type));

async function world() {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const bob = await Client.register(hearth, 'bob');
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(roomId);
  const ids = new Map<string, string>();
  const say = async (text: string, by = alice): Promise<string> => {
    const id = await by.send(roomId, text);
    ids.set(text, id);
    return id;
  };
  const context = async (text: string, query = ''): Promise<Body> =>
    (await alice.ok('GET', `${roomPath(roomId)}/context/${encoded(ids.get(text) ?? text)}?${query}`)).body;
  return { hearth, alice, bob, roomId, path: roomPath(roomId), ids, say, context };
}

test('the limit is shared by what stands before and after, and the event is always there', async () => {
  const { say, context } = await world();
  for (const text of ['a', 'b', 'c', 'd', 'e']) await say(text);
  const around = async (query: string) => {
    const answer = await context('c', query);
    return [bodies(answer['events_before']), bodies([answer['event']]), bodies(answer['events_after'])];
  };
  assert.deepEqual(await around('limit=0'), [[], ['c'], []]);
  assert.deepEqual(await around('limit=1'), [[], ['c'], ['d']]);
  assert.deepEqual(await around('limit=4'), [['b', 'a'], ['c'], ['d', 'e']]);
  const [before] = await around('');
  assert.deepEqual(before?.slice(0, 2), ['b', 'a']);
  assert.equal(before?.length, 5);
});

test('the tokens lead on where the context ends', async () => {
  const { alice, path, say, context } = await world();
  for (const text of ['a', 'b', 'c', 'd', 'e']) await say(text);
  for (const limit of [0, 2]) {
    const { start, end } = await context('c', `limit=${limit}`);
    const page = async (dir: string, from: unknown) =>
      bodies((await alice.ok('GET', `${path}/messages?dir=${dir}&limit=1&from=${String(from)}`)).body['chunk']);
    assert.deepEqual([await page('b', start), await page('f', end)], limit === 0 ? [['b'], ['d']] : [['a'], ['e']]);
  }
});

test('the filter holds for all but the event itself', async () => {
  const { bob, say, context } = await world();
  await say('a');
  await say('by bob', bob);
  await say('c');
  await say('by bob again', bob);
  const filter = encoded(JSON.stringify({ senders: [bob.userId] }));
  const answer = await context('c', `filter=${filter}`);
  assert.deepEqual(bodies(answer['events_before']), ['by bob', 'm.room.member']);
  assert.deepEqual(bodies([answer['event']]), ['c']);
  assert.deepEqual(bodies(answer['events_after']), ['by bob again']);
  assert.deepEqual(
    (answer['state'] as Shown[]).map(({ type, state_key }) => [type, state_key]),
    [['m.room.member', bob.userId]],
  );
});

test('the state is that of the last event returned, with only the senders as members if they are to be loaded late', async () => {
  const { hearth, alice, bob, roomId, path, say, context } = await world();
  const carol = await Client.register(hearth, 'carol');
  await carol.join(roomId);
  await alice.ok('PUT', `${path}/state/m.room.topic`, { topic: 'then' });
  await say('a');
  await say('b', bob);
  await alice.ok('PUT', `${path}/state/m.room.topic`, { topic: 'later' });
  const topic = (answer: Body) =>
    (answer['state'] as Shown[]).find(({ type }) => type === 'm.room.topic')?.content['topic'];
  const members = (answer: Body) =>
    (answer['state'] as Shown[]).flatMap(({ type, state_key }) => (type === 'm.room.member' ? [state_key] : []));
  assert.equal(topic(await context('a', 'limit=1')), 'then');
  assert.equal(topic(await context('a', 'limit=10')), 'later');
  assert.deepEqual(members(await context('a', 'limit=1')), [alice.userId, bob.userId, carol.userId]);
  const lazy = `filter=${encoded(JSON.stringify({ lazy_load_members: true }))}`;
  assert.deepEqual(members(await context('a', `limit=1&${lazy}`)), [alice.userId, bob.userId]);
  assert.deepEqual(members(await context('a', `limit=0&${lazy}`)), [alice.userId]);
});

test('a bad limit, a bad filter and an event that is not there are refused', async () => {
  const { alice, path, say } = await world();
  const id = encoded(await say('a'));
  for (const query of ['limit=x', 'limit=-1', 'filter=x', 'filter=[]'])
    refused(await alice.call('GET', `${path}/context/${id}?${query}`), 400, 'M_INVALID_PARAM');
  refused(await alice.call('GET', `${path}/context/$none`), 404, 'M_NOT_FOUND');
});

test('the event nearest to a time is found on either side, the first or last of those with one stamp', async () => {
  const { hearth, alice, roomId, say, ids } = await world();
  const times = new Map<string, number>();
  for (const text of ['a', 'b', 'same']) {
    await hearth.sleep(1000);
    times.set(text, 1_700_000_000_000 + (await say(text).then(() => stampOf(text))));
  }
  await say('same too');
  async function stampOf(text: string): Promise<number> {
    const { body } = await alice.ok('GET', `${roomPath(roomId)}/event/${encoded(ids.get(text)!)}`);
    return Number(body['origin_server_ts']) - 1_700_000_000_000;
  }
  const find = async (ts: number, dir: string): Promise<string | undefined> => {
    const path = `/_matrix/client/v1/rooms/${encoded(roomId)}/timestamp_to_event?ts=${ts}&dir=${dir}`;
    const { status, body } = await alice.call('GET', path);
    if (status === 404) return undefined;
    return [...ids].find(([, id]) => id === body['event_id'])?.[0];
  };
  const [a, b, same] = ['a', 'b', 'same'].map((text) => times.get(text)!) as [number, number, number];
  assert.equal(await find(a, 'f'), 'a');
  assert.equal(await find(a, 'b'), 'a');
  assert.equal(await find(a + 1, 'f'), 'b');
  assert.equal(await find(b - 1, 'b'), 'a');
  assert.equal(await find(same, 'f'), 'same');
  assert.equal(await find(same, 'b'), 'same too');
  assert.equal(await find(same + 1, 'f'), undefined);
  assert.equal(await find(same + 1_000_000, 'b'), 'same too');
  assert.equal(await find(0, 'b'), undefined);
  assert.equal(await find(-5, 'b'), undefined);
});

test('a time is looked for only among what the reader may see', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const bob = await Client.register(hearth, 'bob');
  const history = { type: 'm.room.history_visibility', state_key: '', content: { history_visibility: 'joined' } };
  const roomId = await alice.createRoom({ preset: 'public_chat', initial_state: [history] });
  await hearth.sleep(1000);
  await alice.send(roomId, 'hidden');
  await hearth.sleep(1000);
  const path = `/_matrix/client/v1/rooms/${encoded(roomId)}/timestamp_to_event?ts=1700000000500&dir=`;
  refused(await bob.call('GET', `${path}f`), 403, 'M_FORBIDDEN');
  await bob.join(roomId);
  const found = String((await bob.ok('GET', `${path}f`)).body['event_id']);
  const event = await bob.ok('GET', `${roomPath(roomId)}/event/${encoded(found)}`);
  assert.equal(event.body['state_key'], bob.userId);
  // What came before the setting was shared, as is the default.
  assert.equal((await bob.ok('GET', `${path}b`)).status, 200);
  refused(await bob.call('GET', `${path}x`), 400, 'M_INVALID_PARAM');
  refused(await bob.call('GET', path.replace('ts=17', 'ts=x')), 400, 'M_INVALID_PARAM');
  refused(await bob.call('GET', path.replace('ts=1700000000500&', '')), 400, 'M_MISSING_PARAM');
});
