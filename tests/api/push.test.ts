// Push rules and unread counts, as clients see them. https://spec.matrix.org/v1.19/client-server-api/#push-notifications
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const RULES = `${V3}/pushrules/global`;
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected, JSON.stringify(body));
};

async function world(room: object = { preset: 'public_chat' }) {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const bob = await Client.register(hearth, 'bob');
  // The third user of a server lives in another group.
  const charlie = await Client.register(hearth, 'charlie');
  const roomId = await alice.createRoom(room);
  for (const client of [bob, charlie]) await client.ok('POST', `${roomPath(roomId)}/join`, {});
  await hearth.settle();
  return { hearth, alice, bob, charlie, roomId, path: roomPath(roomId) };
}

type World = Awaited<ReturnType<typeof world>>;

let transactions = 0;
async function send({ path }: World, by: Client, content: object, type = 'm.room.message'): Promise<string> {
  const whole = type === 'm.room.message' ? { msgtype: 'm.text', body: 'hello', ...content } : content;
  transactions += 1;
  const { body } = await by.ok('PUT', `${path}/send/${type}/x${transactions}`, whole);
  return String(body['event_id']);
}

interface Counts {
  readonly room: readonly [notifications: number, highlights: number];
  readonly threads: Readonly<Record<string, readonly [number, number]>>;
}

/** What an initial sync says, with the threads beside the room. */
async function unread({ hearth, roomId }: World, client: Client, threads = true): Promise<Counts> {
  await hearth.settle();
  const filter = JSON.stringify({ room: { timeline: { unread_thread_notifications: threads } } });
  const room = (await client.sync({ filter })).rooms?.join?.[roomId] as unknown as Record<string, never> | undefined;
  type Pair = { readonly notification_count: number; readonly highlight_count: number };
  const pair = (count: Pair | undefined): [number, number] => [
    count?.notification_count ?? -1,
    count?.highlight_count ?? -1,
  ];
  const byRoot: Record<string, Pair> = room?.['unread_thread_notifications'] ?? {};
  return {
    room: pair(room?.['unread_notifications']),
    threads: Object.fromEntries(Object.entries(byRoot).map(([root, count]) => [root, pair(count)])),
  };
}

const inThread = (root: string, extra: object = {}): object => ({
  ...extra,
  'm.relates_to': { rel_type: 'm.thread', event_id: root },
});
const mention = (client: Client): object => ({ 'm.mentions': { user_ids: [client.userId] } });

function read(there: World, client: Client, eventId: string, threadId?: string, type = 'm.read'): Promise<Answer> {
  const body = threadId === undefined ? {} : { thread_id: threadId };
  return client.call('POST', `${there.path}/receipt/${type}/${encodeURIComponent(eventId)}`, body);
}

test('messages count for everybody but their sender, mentions highlight for whom they name', async () => {
  const there = await world();
  const { alice, bob, charlie } = there;
  await send(there, alice, {});
  await send(there, alice, mention(bob));
  await send(there, alice, { 'm.mentions': { room: true } });
  // Nobody may notify the whole room without the level for it.
  await send(there, bob, { 'm.mentions': { room: true } });
  assert.deepEqual((await unread(there, alice)).room, [1, 0]);
  assert.deepEqual((await unread(there, charlie)).room, [4, 1]);
  // Bob's own message says that he has read what was before it.
  assert.deepEqual((await unread(there, bob)).room, [0, 0]);
  await send(there, alice, mention(bob));
  assert.deepEqual((await unread(there, bob)).room, [1, 1]);
});

test('notices, reactions, edits, memberships and state do not count; encrypted events do', async () => {
  const there = await world();
  const { alice, bob, path } = there;
  const eventId = await send(there, alice, { msgtype: 'm.notice' });
  await send(there, alice, { 'm.relates_to': { rel_type: 'm.replace', event_id: eventId } });
  const reaction = { 'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key: 'x' } };
  await send(there, alice, reaction, 'm.reaction');
  await alice.ok('PUT', `${path}/state/m.room.topic/`, { topic: 'x' });
  await alice.ok('PUT', `${path}/state/m.room.server_acl/`, { allow: ['*'] });
  assert.deepEqual((await unread(there, bob)).room, [0, 0]);
  await send(there, alice, { algorithm: 'x', ciphertext: 'x' }, 'm.room.encrypted');
  assert.deepEqual((await unread(there, bob)).room, [1, 0]);
});

test('threads count beside the room if the filter asks, and with it if not', async () => {
  const there = await world();
  const { alice, bob } = there;
  const root = await send(there, alice, {});
  await send(there, alice, inThread(root, mention(bob)));
  await send(there, alice, { 'm.relates_to': { rel_type: 'm.reference', event_id: root } });
  assert.deepEqual(await unread(there, bob), { room: [2, 0], threads: { [root]: [1, 1] } });
  assert.deepEqual(await unread(there, bob, false), { room: [3, 1], threads: {} });
});

test('a threaded receipt clears its thread, an unthreaded one everything before it', async () => {
  const there = await world();
  const { alice, bob } = there;
  const root = await send(there, alice, {});
  const [first] = [await send(there, alice, inThread(root)), await send(there, alice, inThread(root))];
  const main = await send(there, alice, {});
  await send(there, alice, inThread(root));
  assert.equal((await read(there, bob, root, 'main')).status, 200);
  assert.deepEqual(await unread(there, bob), { room: [1, 0], threads: { [root]: [3, 0] } });
  await read(there, bob, first, root);
  assert.deepEqual(await unread(there, bob), { room: [1, 0], threads: { [root]: [2, 0] } });
  await read(there, bob, main);
  assert.deepEqual(await unread(there, bob), { room: [0, 0], threads: { [root]: [1, 0] } });
  // Never backwards, whatever is read later.
  await read(there, bob, first);
  await read(there, bob, first, 'main', 'm.read.private');
  assert.deepEqual(await unread(there, bob), { room: [0, 0], threads: { [root]: [1, 0] } });
});

test('of the public and the private receipt the one that is ahead counts', async () => {
  const there = await world();
  const { alice, bob } = there;
  const ids = [await send(there, alice, {}), await send(there, alice, {}), await send(there, alice, {})];
  await read(there, bob, ids[1]!, undefined, 'm.read.private');
  await read(there, bob, ids[0]!);
  assert.deepEqual((await unread(there, bob)).room, [1, 0]);
  await read(there, bob, ids[2]!);
  assert.deepEqual((await unread(there, bob)).room, [0, 0]);
});

test('a receipt is for an event of its thread', async () => {
  const there = await world();
  const { alice, bob } = there;
  const root = await send(there, alice, {});
  const reply = await send(there, alice, inThread(root));
  const other = await send(there, alice, {});
  refused(await read(there, bob, reply, 'main'), 400, 'M_INVALID_PARAM');
  refused(await read(there, bob, other, root), 400, 'M_INVALID_PARAM');
  refused(await read(there, bob, reply, '$nothing'), 400, 'M_INVALID_PARAM');
  const about = await send(there, alice, { 'm.relates_to': { rel_type: 'm.reference', event_id: root } });
  assert.equal((await read(there, bob, about, root)).status, 200);
});

test('counts come with the event that changes them, and their own receipts at once to all of a user\u2019s clients', async () => {
  const there = await world();
  const { hearth, alice, bob, roomId } = there;
  await hearth.settle();
  const { next_batch: since } = await bob.sync();
  const eventId = await send(there, alice, {});
  const told = await bob.sync({ since });
  const room = told.rooms?.join?.[roomId] as unknown as Record<string, unknown>;
  assert.deepEqual(room['unread_notifications'], { notification_count: 1, highlight_count: 0 });
  assert.ok(JSON.stringify(room['timeline']).includes(eventId));
  const next = bob.sync({ since: told.next_batch, timeout: '30000' });
  await hearth.settle();
  await read(there, bob, eventId, undefined, 'm.read.private');
  const after = (await next).rooms?.join?.[roomId] as unknown as Record<string, unknown>;
  assert.deepEqual(after['unread_notifications'], { notification_count: 0, highlight_count: 0 });
  assert.ok(JSON.stringify(after['ephemeral']).includes('m.read.private'));
});

test('a redacted event counts no more, read or not', async () => {
  const there = await world();
  const { alice, bob, charlie, path } = there;
  const [first, second] = [await send(there, alice, mention(bob)), await send(there, alice, mention(bob))];
  await read(there, bob, first);
  assert.deepEqual((await unread(there, bob)).room, [1, 1]);
  for (const [index, eventId] of [first, second].entries())
    await alice.ok('PUT', `${path}/redact/${encodeURIComponent(eventId)}/r${index}`, {});
  assert.deepEqual((await unread(there, bob)).room, [0, 0]);
  assert.deepEqual((await unread(there, charlie)).room, [0, 0]);
  const { body } = await bob.ok('GET', `${V3}/notifications`);
  assert.deepEqual(body['notifications'], []);
});

test('who joins counts from there, who comes again begins anew', async () => {
  const there = await world();
  const { alice, bob, path } = there;
  await send(there, alice, {});
  await bob.ok('POST', `${path}/leave`, {});
  await send(there, alice, {});
  await bob.ok('POST', `${path}/join`, {});
  assert.deepEqual((await unread(there, bob)).room, [0, 0]);
  await send(there, alice, {});
  assert.deepEqual((await unread(there, bob)).room, [1, 0]);
});

test('a room that is muted counts nothing from then on, a keyword highlights', async () => {
  const there = await world();
  const { alice, bob, roomId } = there;
  await send(there, alice, {});
  await bob.ok('PUT', `${RULES}/room/${encodeURIComponent(roomId)}`, { actions: [] });
  await send(there, alice, {});
  assert.deepEqual((await unread(there, bob)).room, [1, 0]);
  const highlight = ['notify', { set_tweak: 'highlight' }];
  await bob.ok('PUT', `${RULES}/content/cake`, { pattern: 'ca?e', actions: highlight });
  await send(there, alice, { body: 'There is CAKE, and more' });
  await send(there, alice, { body: 'pancakes' });
  assert.deepEqual((await unread(there, bob)).room, [2, 1]);
  await bob.ok('DELETE', `${RULES}/room/${encodeURIComponent(roomId)}`);
  await bob.ok('PUT', `${RULES}/underride/.m.rule.message/actions`, { actions: highlight });
  await send(there, alice, { body: 'x' });
  assert.deepEqual((await unread(there, bob)).room, [3, 2]);
  await bob.ok('PUT', `${RULES}/override/.m.rule.master/enabled`, { enabled: true });
  await send(there, alice, mention(bob));
  assert.deepEqual((await unread(there, bob)).room, [3, 2]);
});

test('the name that a reader has in the room is a word to listen for', async () => {
  const there = await world();
  const { alice, bob, charlie } = there;
  const rule = { actions: ['notify', { set_tweak: 'highlight' }], conditions: [{ kind: 'contains_display_name' }] };
  for (const client of [bob, charlie]) await client.ok('PUT', `${RULES}/override/name`, rule);
  await send(there, alice, { body: 'Is Bob here?' });
  assert.deepEqual((await unread(there, bob)).room, [1, 1]);
  assert.deepEqual((await unread(there, charlie)).room, [1, 0]);
});

test('what an ignored user says counts nothing', async () => {
  const there = await world();
  const { alice, bob, charlie } = there;
  await send(there, alice, {});
  await send(there, charlie, {});
  const list = `${V3}/user/${bob.userId}/account_data/m.ignored_user_list`;
  await bob.ok('PUT', list, { ignored_users: { [alice.userId]: {} } });
  await send(there, alice, mention(bob));
  assert.deepEqual((await unread(there, bob)).room, [1, 0]);
  const { body } = await bob.ok('GET', `${V3}/notifications`);
  assert.equal((body['notifications'] as unknown[]).length, 1);
  await bob.ok('PUT', list, { ignored_users: {} });
  assert.deepEqual((await unread(there, bob)).room, [3, 1]);
});

test('notifications are listed newest first, in pages, with what was read', async () => {
  const there = await world();
  const { hearth, alice, bob, roomId, path } = there;
  const other = await alice.createRoom({ preset: 'public_chat' });
  await bob.ok('POST', `${roomPath(other)}/join`, {});
  const ids = [await send(there, alice, {}), await send({ ...there, path: roomPath(other) }, alice, {})];
  await read(there, bob, ids[0]!);
  ids.push(await send(there, alice, mention(bob)));
  await send(there, alice, { msgtype: 'm.notice' });
  await hearth.settle();
  type Listed = { event: { event_id: string }; read: boolean; room_id: string; actions: unknown[] };
  const page = async (query: string) => {
    const { body } = await bob.ok('GET', `${V3}/notifications${query}`);
    return { list: body['notifications'] as Listed[], next: body['next_token'] as string | undefined };
  };
  const { list, next } = await page('');
  assert.equal(next, undefined);
  assert.deepEqual(
    list.map(({ event, read: isRead, room_id: room }) => [event.event_id, isRead, room]),
    [
      [ids[2], false, roomId],
      [ids[1], false, other],
      [ids[0], true, roomId],
    ],
  );
  const first = await page('?limit=2');
  assert.equal(first.list.length, 2);
  assert.deepEqual(
    (await page(`?limit=2&from=${first.next}`)).list.map(({ event }) => event.event_id),
    [ids[0]],
  );
  const highlights = await page('?only=highlight');
  assert.deepEqual(
    highlights.list.map(({ event }) => event.event_id),
    [ids[2]],
  );
  assert.deepEqual(highlights.list[0]?.actions.includes('notify'), true);
  refused(await bob.call('GET', `${V3}/notifications?from=x`), 400, 'M_INVALID_PARAM');
  await bob.ok('POST', `${path}/leave`, {});
  assert.deepEqual(
    (await page('')).list.map(({ room_id: room }) => room),
    [other],
  );
});

test('rules stand in the order that was asked for', async () => {
  const { bob } = await world();
  const put = (id: string, query = '', kind = 'override') =>
    bob.call('PUT', `${RULES}/${kind}/${id}${query}`, { actions: ['notify'], pattern: 'x' });
  const order = async () => {
    const { body } = await bob.ok('GET', `${RULES}/`);
    return (body['override'] as { rule_id: string }[]).map(({ rule_id: id }) => id).filter((id) => !id.startsWith('.'));
  };
  for (const id of ['a', 'b', 'c']) await put(id);
  assert.deepEqual(await order(), ['c', 'b', 'a']);
  await put('d', '?before=a');
  await put('e', '?after=a');
  await put('c', '?after=b');
  await put('b', '?before=a&after=e');
  assert.deepEqual(await order(), ['c', 'd', 'b', 'a', 'e']);
  await put('d');
  assert.deepEqual(await order(), ['c', 'd', 'b', 'a', 'e']);
  refused(await put('f', '?before=nothing'), 400, 'M_UNKNOWN');
  refused(await put('f', '?after=.m.rule.message'), 400, 'M_UNKNOWN');
  const { body } = await bob.ok('GET', `${RULES}/`);
  assert.deepEqual((body['override'] as { rule_id: string }[])[0]?.rule_id, '.m.rule.master');
});

test('what is no rule is refused, and the server\u2019s rules stay', async () => {
  const { bob } = await world();
  const put = (path: string, body: object) => bob.call('PUT', `${RULES}/${path}`, body);
  refused(await put('override/.mine', { actions: [] }), 400, 'M_INVALID_PARAM');
  refused(await put('override/a%2Fb', { actions: [] }), 400, 'M_INVALID_PARAM');
  refused(await put('override/a%5Cb', { actions: [] }), 400, 'M_INVALID_PARAM');
  refused(await put('other/a', { actions: [] }), 400, 'M_INVALID_PARAM');
  refused(await put('content/a', { actions: [] }), 400, 'M_INVALID_PARAM');
  refused(await put('override/a', {}), 400, 'M_MISSING_PARAM');
  refused(await put('override/a', { actions: [1] }), 400, 'M_INVALID_PARAM');
  refused(await put('override/a', { actions: ['shout'] }), 400, 'M_INVALID_PARAM');
  refused(await put('override/a', { actions: [], conditions: [1] }), 400, 'M_INVALID_PARAM');
  refused(await put('content/a', { actions: [], pattern: 'x'.repeat(9000) }), 413, 'M_TOO_LARGE');
  refused(await put('override/a/enabled', { enabled: true }), 404, 'M_NOT_FOUND');
  refused(await put('override/.m.rule.nothing/actions', { actions: [] }), 404, 'M_NOT_FOUND');
  refused(await bob.call('DELETE', `${RULES}/override/.m.rule.master`), 404, 'M_NOT_FOUND');
  refused(await bob.call('DELETE', `${RULES}/override/a`), 404, 'M_NOT_FOUND');
  for (let count = 0; count < 200; count += 1)
    await bob.ok('PUT', `${RULES}/content/${count}`, { actions: [], pattern: 'x' });
  refused(await put('content/more', { actions: [], pattern: 'x' }), 413, 'M_TOO_LARGE');
});

test('a change of the rules is told to the user\u2019s clients, who may not write them as account data', async () => {
  const { hearth, bob, charlie } = await world();
  await hearth.settle();
  const { next_batch: since } = await bob.sync();
  const waiting = bob.sync({ since, timeout: '30000' });
  await hearth.settle();
  await bob.ok('PUT', `${RULES}/room/!x:y`, { actions: ['dont_notify'] });
  const events = (await waiting).account_data?.events ?? [];
  assert.deepEqual(
    events.map(({ type }) => type),
    ['m.push_rules'],
  );
  assert.ok(JSON.stringify(events[0]?.content).includes('!x:y'));
  const { body } = await bob.ok('GET', `${V3}/pushrules/`);
  assert.deepEqual(events[0]?.content, body);
  const data = `${V3}/user/${bob.userId}/account_data/m.push_rules`;
  assert.deepEqual((await bob.ok('GET', data)).body, body);
  refused(await bob.call('PUT', data, {}), 405, 'M_BAD_JSON');
  assert.equal((await bob.sync()).account_data?.events?.filter(({ type }) => type === 'm.push_rules').length, 1);
  assert.ok(!JSON.stringify((await charlie.ok('GET', `${V3}/pushrules/`)).body).includes('!x:y'));
});
