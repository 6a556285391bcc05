// Events that relate to others: what clients may send, the relations API, bundled aggregations, the list of threads.
// https://spec.matrix.org/v1.19/client-server-api/#forming-relationships-between-events
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

type Shown = Record<string, unknown> & {
  readonly event_id: string;
  readonly content: Record<string, unknown>;
  readonly unsigned: Record<string, unknown>;
};

const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected, JSON.stringify(body));
};
const ids = (events: unknown): string[] => (events as Shown[]).map((event) => event.event_id);
const encoded = encodeURIComponent;

let sent = 0;
async function send(client: Client, roomId: string, content: object, type = 'm.room.message'): Promise<string> {
  return String((await trySend(client, roomId, content, type)).body['event_id']);
}
async function trySend(client: Client, roomId: string, content: object, type = 'm.room.message'): Promise<Answer> {
  return client.call('PUT', `${roomPath(roomId)}/send/${type}/s${sent++}`, content);
}
const related = (relType: string, parent: string, more: object = {}) => ({
  msgtype: 'm.text',
  body: relType,
  ...more,
  'm.relates_to': { rel_type: relType, event_id: parent },
});
const edit = (parent: string, body: string) =>
  related('m.replace', parent, { body: `* ${body}`, 'm.new_content': { msgtype: 'm.text', body } });
const reaction = (parent: string, key: string) => ({
  'm.relates_to': { rel_type: 'm.annotation', event_id: parent, key },
});

async function world(room: object = { preset: 'public_chat' }) {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const bob = await Client.register(hearth, 'bob');
  const roomId = await alice.createRoom(room);
  await bob.join(roomId);
  const relationsPath = (id: string) => `/_matrix/client/v1/rooms/${encoded(roomId)}/relations/${encoded(id)}`;
  return {
    hearth,
    alice,
    bob,
    roomId,
    path: roomPath(roomId),
    relationsPath,
    relations: async (id: string, more = '', by = alice) => (await by.ok('GET', relationsPath(id) + more)).body,
    threads: async (query = '', by = alice) =>
      (await by.ok('GET', `/_matrix/client/v1/rooms/${encoded(roomId)}/threads?${query}`)).body,
    bundle: async (id: string, by = alice): Promise<Record<string, Record<string, unknown>>> => {
      const { body } = await by.ok('GET', `${roomPath(roomId)}/event/${encoded(id)}`);
      return ((body['unsigned'] as Shown)['m.relations'] ?? {}) as Record<string, Record<string, unknown>>;
    },
    ignore: (by: Client, ...users: Client[]) =>
      by.ok('PUT', `/_matrix/client/v3/user/${by.userId}/account_data/m.ignored_user_list`, {
        ignored_users: Object.fromEntries(users.map((user) => [user.userId, {}])),
      }),
    redact: (by: Client, id: string) => by.ok('PUT', `${roomPath(roomId)}/redact/${encoded(id)}/r${sent++}`, {}),
  };
}

test('the same annotation twice is refused, unless the first was redacted', async () => {
  const { alice, bob, roomId, redact } = await world();
  const root = await send(alice, roomId, { msgtype: 'm.text', body: 'root' });
  const first = await send(alice, roomId, reaction(root, '+'), 'm.reaction');
  refused(await trySend(alice, roomId, reaction(root, '+'), 'm.reaction'), 400, 'M_DUPLICATE_ANNOTATION');
  await send(alice, roomId, reaction(root, '-'), 'm.reaction');
  assert.equal((await trySend(alice, roomId, reaction(root, '+'), 'com.example')).status, 200);
  assert.equal((await trySend(bob, roomId, reaction(root, '+'), 'm.reaction')).status, 200);
  await redact(alice, first);
  assert.equal((await trySend(alice, roomId, reaction(root, '+'), 'm.reaction')).status, 200);
});

test('a repeated transaction of an annotation is the same event, no duplicate', async () => {
  const { alice, roomId, path } = await world();
  const root = await send(alice, roomId, { msgtype: 'm.text', body: 'root' });
  const again = () => alice.ok('PUT', `${path}/send/m.reaction/same`, reaction(root, '+'));
  assert.equal((await again()).body['event_id'], (await again()).body['event_id']);
});

test('no thread begins at an event that relates to another, but one may at a rich reply', async () => {
  const { alice, roomId } = await world();
  const root = await send(alice, roomId, { msgtype: 'm.text', body: 'root' });
  const inThread = await send(alice, roomId, related('m.thread', root));
  const reference = await send(alice, roomId, related('m.reference', root));
  for (const id of [inThread, reference])
    refused(await trySend(alice, roomId, related('m.thread', id)), 400, 'M_UNKNOWN');
  const reply = await send(alice, roomId, {
    msgtype: 'm.text',
    body: 'reply',
    'm.relates_to': { 'm.in_reply_to': { event_id: root } },
  });
  assert.equal((await trySend(alice, roomId, related('m.thread', reply))).status, 200);
});

test('children are told by kind and by type, newest first or oldest first, page by page', async () => {
  const { alice, roomId, relations, relationsPath } = await world();
  const root = await send(alice, roomId, { msgtype: 'm.text', body: 'root' });
  const thread: string[] = [];
  for (let n = 0; n < 5; n++) thread.push(await send(alice, roomId, related('m.thread', root, { body: String(n) })));
  const dummy = await send(alice, roomId, related('m.thread', root), 'm.dummy');
  const changed = await send(alice, roomId, edit(root, 'changed'));
  assert.deepEqual(ids((await relations(root))['chunk']), [changed, dummy, ...thread.toReversed()]);
  assert.deepEqual(ids((await relations(root, '/m.thread'))['chunk']), [dummy, ...thread.toReversed()]);
  assert.deepEqual(ids((await relations(root, '/m.thread/m.dummy'))['chunk']), [dummy]);
  assert.deepEqual(ids((await relations(root, '/m.none'))['chunk']), []);
  for (const [dir, all] of [
    ['b', [changed, dummy, ...thread.toReversed()]],
    ['f', [...thread, dummy, changed]],
  ] as const) {
    const seen: string[] = [];
    let from = '';
    for (;;) {
      const page = await relations(root, `?dir=${dir}&limit=2${from}`);
      assert.equal('prev_batch' in page, from !== '');
      seen.push(...ids(page['chunk']));
      if (page['next_batch'] === undefined) break;
      from = `&from=${String(page['next_batch'])}`;
    }
    assert.deepEqual(seen, all);
  }
  for (const query of ['dir=x', 'limit=0', 'limit=x', 'recurse=1', 'from=x'])
    refused(await alice.call('GET', `${relationsPath(root)}?${query}`), 400, 'M_INVALID_PARAM');
});

test('tokens of /sync and /messages lead into the relations', async () => {
  const { hearth, alice, roomId, relations, path } = await world();
  const root = await send(alice, roomId, { msgtype: 'm.text', body: 'root' });
  const before = await send(alice, roomId, related('m.thread', root));
  await hearth.settle();
  const since = (await alice.sync()).next_batch;
  const { start } = (await alice.ok('GET', `${path}/messages?dir=b&limit=1`)).body;
  const after = await send(alice, roomId, related('m.thread', root));
  for (const token of [since, String(start)]) {
    assert.deepEqual(ids((await relations(root, `?dir=f&from=${token}`))['chunk']), [after]);
    assert.deepEqual(ids((await relations(root, `?dir=b&from=${token}`))['chunk']), [before]);
    assert.deepEqual(ids((await relations(root, `?dir=b&to=${token}`))['chunk']), [after]);
  }
});

test('recursion reaches three levels, only through what the filter lets through', async () => {
  const { alice, roomId, relations } = await world();
  const root = await send(alice, roomId, { msgtype: 'm.text', body: 'root' });
  const first = await send(alice, roomId, related('m.thread', root));
  const second = await send(alice, roomId, related('m.reference', first));
  const reacted = await send(alice, roomId, reaction(second, '+'), 'm.reaction');
  const deep = await send(alice, roomId, related('m.reference', reacted));
  const direct = await relations(root);
  assert.deepEqual([ids(direct['chunk']), 'recursion_depth' in direct], [[first], false]);
  assert.equal((await relations(root, '?recurse=false'))['recursion_depth'], 1);
  const all = await relations(root, '?recurse=true');
  assert.deepEqual(ids(all['chunk']), [reacted, second, first]);
  assert.ok(Number(all['recursion_depth']) >= 3);
  assert.ok(!ids(all['chunk']).includes(deep));
  assert.deepEqual(ids((await relations(root, '/m.thread?recurse=true'))['chunk']), [first]);
  assert.deepEqual(ids((await relations(first, '/m.reference?recurse=true'))['chunk']), [second]);
  const page = await relations(root, '?recurse=true&limit=2&dir=f');
  assert.deepEqual(ids(page['chunk']), [first, second]);
  const rest = await relations(root, `?recurse=true&limit=2&dir=f&from=${String(page['next_batch'])}`);
  assert.deepEqual(ids(rest['chunk']), [reacted]);
});

test('the relations of an event that one cannot see are those of no event', async () => {
  const { hearth, alice, roomId, relationsPath } = await world({ preset: 'public_chat' });
  const root = await send(alice, roomId, { msgtype: 'm.text', body: 'root' });
  const carol = await Client.register(hearth, 'carol');
  const hidden = await carol.call('GET', relationsPath(root));
  const missing = await carol.call('GET', relationsPath('$none'));
  refused(hidden, 404, 'M_NOT_FOUND');
  assert.deepEqual(hidden.body, missing.body);
});

test('the latest valid edit is told whole; edits by others, of another type, without content, of edits are not', async () => {
  const { hearth, alice, bob, roomId, bundle, redact } = await world();
  const root = await send(alice, roomId, { msgtype: 'm.text', body: 'root' });
  const first = await send(alice, roomId, edit(root, 'first'));
  await hearth.sleep(1);
  const second = await send(alice, roomId, edit(root, 'second'));
  await send(bob, roomId, edit(root, 'by another'));
  await send(alice, roomId, edit(root, 'of another type'), 'com.example');
  await send(alice, roomId, related('m.replace', root));
  await send(alice, roomId, edit(second, 'of an edit'));
  const told = (await bundle(root, bob))['m.replace'] as Shown;
  assert.equal(told.event_id, second);
  assert.deepEqual(told.content['m.new_content'], { msgtype: 'm.text', body: 'second' });
  assert.equal(told['sender'], alice.userId);
  assert.deepEqual(await bundle(second), {});
  await redact(alice, second);
  assert.equal((await bundle(root))['m.replace']?.['event_id'], first);
  await redact(alice, root);
  assert.deepEqual(await bundle(root), {});
});

test('an encrypted edit needs no new content in clear', async () => {
  const { alice, roomId, bundle } = await world();
  const content = { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'x' };
  const root = await send(alice, roomId, content, 'm.room.encrypted');
  const id = await send(alice, roomId, related('m.replace', root, content), 'm.room.encrypted');
  assert.equal((await bundle(root))['m.replace']?.['event_id'], id);
});

test('a thread is told with its latest reply, that with its own edit, its size and whether one took part', async () => {
  const { hearth, alice, bob, roomId, bundle } = await world();
  const carol = await Client.register(hearth, 'carol');
  await carol.join(roomId);
  const root = await send(alice, roomId, { msgtype: 'm.text', body: 'root' });
  await send(bob, roomId, related('m.thread', root));
  const latest = await send(bob, roomId, related('m.thread', root));
  const changed = await send(bob, roomId, edit(latest, 'changed'));
  for (const [by, participated] of [
    [alice, true],
    [bob, true],
    [carol, false],
  ] as const) {
    const thread = (await bundle(root, by))['m.thread'] as unknown as {
      latest_event: Shown;
      count: number;
      current_user_participated: boolean;
    };
    assert.deepEqual([thread.count, thread.current_user_participated], [2, participated]);
    assert.equal(thread.latest_event.event_id, latest);
    const inner = thread.latest_event.unsigned['m.relations'] as Record<string, Shown>;
    assert.equal(inner['m.replace']?.event_id, changed);
  }
});

test('references are listed in order; annotations are told of nowhere, and state events have no bundle', async () => {
  const { alice, roomId, path, bundle } = await world();
  const root = await send(alice, roomId, { msgtype: 'm.text', body: 'root' });
  const references = [
    await send(alice, roomId, related('m.reference', root)),
    await send(alice, roomId, related('m.reference', root)),
  ];
  await send(alice, roomId, reaction(root, '+'), 'm.reaction');
  assert.deepEqual(await bundle(root), { 'm.reference': { chunk: references.map((event_id) => ({ event_id })) } });
  const topic = await alice.ok('PUT', `${path}/state/m.room.topic`, { topic: 't' });
  const topicId = String(topic.body['event_id']);
  await send(alice, roomId, related('m.reference', topicId));
  assert.deepEqual(await bundle(topicId), {});
});

test('what ignored users said does not count', async () => {
  const { alice, bob, roomId, bundle, ignore, relations } = await world();
  const root = await send(alice, roomId, { msgtype: 'm.text', body: 'root' });
  const own = await send(alice, roomId, related('m.thread', root));
  await send(bob, roomId, related('m.thread', root));
  await send(bob, roomId, related('m.reference', root));
  await ignore(alice, bob);
  const told = await bundle(root);
  assert.deepEqual(Object.keys(told), ['m.thread']);
  assert.equal(told['m.thread']?.['count'], 1);
  assert.equal((told['m.thread']?.['latest_event'] as Shown | undefined)?.event_id, own);
  assert.deepEqual(ids((await relations(root))['chunk']), [own]);
});

test('a redacted child is a child no more, everywhere', async () => {
  const { alice, roomId, bundle, relations, redact, threads } = await world();
  const root = await send(alice, roomId, { msgtype: 'm.text', body: 'root' });
  const children = [
    await send(alice, roomId, related('m.thread', root)),
    await send(alice, roomId, related('m.reference', root)),
    await send(alice, roomId, edit(root, 'secret')),
  ];
  for (const id of children) await redact(alice, id);
  assert.deepEqual(await bundle(root), {});
  assert.deepEqual((await relations(root))['chunk'], []);
  assert.deepEqual((await threads())['chunk'], []);
});

test('bundles are on /messages, /context, /relations, /threads and a limited /sync', async () => {
  const { hearth, alice, bob, roomId, path, relations, threads } = await world();
  const root = await send(alice, roomId, { msgtype: 'm.text', body: 'root' });
  const reply = await send(alice, roomId, related('m.thread', root));
  const changed = await send(alice, roomId, edit(reply, 'changed'));
  const last = await send(alice, roomId, { msgtype: 'm.text', body: 'last' });
  const bundleIn = (events: unknown, id: string): unknown => {
    const event = (events as Shown[]).find((one) => one.event_id === id);
    return (event?.unsigned['m.relations'] as Record<string, Shown> | undefined)?.['m.replace']?.event_id;
  };
  for (const dir of ['b', 'f']) {
    const { body } = await alice.ok('GET', `${path}/messages?dir=${dir}&limit=100`);
    assert.equal(bundleIn(body['chunk'], reply), changed);
  }
  assert.equal(
    bundleIn((await alice.ok('GET', `${path}/context/${encoded(last)}?limit=10`)).body['events_before'], reply),
    changed,
  );
  assert.equal(bundleIn([(await alice.ok('GET', `${path}/context/${encoded(reply)}`)).body['event']], reply), changed);
  assert.equal(bundleIn((await relations(root))['chunk'], reply), changed);
  const [listed] = (await threads())['chunk'] as [Shown];
  assert.equal(
    bundleIn([(listed.unsigned['m.relations'] as Record<string, Shown>)['m.thread']?.['latest_event']], reply),
    changed,
  );
  await hearth.settle();
  const filter = JSON.stringify({ room: { timeline: { limit: 3 } } });
  for (const client of [alice, bob]) {
    const timeline = (await client.sync({ filter })).rooms?.join?.[roomId]?.timeline;
    assert.equal(timeline?.limited, true);
    assert.equal(bundleIn(timeline?.events, reply), changed);
  }
});

test('threads are listed by their latest reply, page by page, and as each reader sees them', async () => {
  const { alice, bob, roomId, threads, ignore } = await world();
  const roots: string[] = [];
  for (let n = 0; n < 5; n++)
    roots.push(await send(n === 4 ? bob : alice, roomId, { msgtype: 'm.text', body: `${n}` }));
  for (const root of roots) await send(alice, roomId, related('m.thread', root));
  await send(bob, roomId, related('m.thread', roots[1]!));
  const [a, b, c, d, e] = roots as [string, string, string, string, string];
  assert.deepEqual(ids((await threads())['chunk']), [b, e, d, c, a]);
  const seen: string[] = [];
  let from = '';
  for (;;) {
    const page = await threads(`limit=2${from}`);
    seen.push(...ids(page['chunk']));
    if (page['next_batch'] === undefined) break;
    from = `&from=${String(page['next_batch'])}`;
  }
  assert.deepEqual(seen, [b, e, d, c, a]);
  assert.deepEqual(ids((await threads('include=participated', bob))['chunk']), [b, e]);
  await ignore(alice, bob);
  const ignoring = (await threads())['chunk'] as Shown[];
  assert.deepEqual(ids(ignoring), [e, d, c, b, a]);
  assert.deepEqual(ignoring[0]?.content, {});
  for (const query of ['limit=0', 'limit=x', 'include=some', 'from=x'])
    refused(
      await alice.call('GET', `/_matrix/client/v1/rooms/${encoded(roomId)}/threads?${query}`),
      400,
      'M_INVALID_PARAM',
    );
});
