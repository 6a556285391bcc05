// What is redacted is gone from what was copied from it, too.
// https://spec.matrix.org/v1.19/client-server-api/#redactions
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';

test('a redacted name and topic are gone from the directory', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const room = await alice.createRoom({ visibility: 'public', name: 'Garden' });
  const listed = async () => ((await alice.ok('GET', `${V3}/publicRooms`)).body['chunk'] as Body[])[0];
  const set = async (type: string, content: object): Promise<string> =>
    String((await alice.ok('PUT', `${roomPath(room)}/state/${type}`, content)).body['event_id']);
  const name = await set('m.room.name', { name: 'A slander' });
  const topic = await set('m.room.topic', { topic: 'Another slander' });
  await hearth.sleep(2000);
  assert.equal((await listed())?.['name'], 'A slander');
  await alice.ok('PUT', `${roomPath(room)}/redact/${encodeURIComponent(name)}/1`, {});
  await hearth.sleep(2000);
  await alice.ok('PUT', `${roomPath(room)}/redact/${encodeURIComponent(topic)}/2`, {});
  await hearth.sleep(2000);
  const { name: shownName, topic: shownTopic } = (await listed()) ?? {};
  assert.deepEqual([shownName, shownTopic], [undefined, undefined]);
  assert.doesNotMatch(JSON.stringify(await listed()), /slander/);
  const found = (await alice.ok('POST', `${V3}/publicRooms`, { filter: { generic_search_term: 'slander' } })).body;
  assert.deepEqual(found['chunk'], []);
});

test('the text of a redacted event is nowhere on the disk', async () => {
  const hearth = new Hearth();
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const room = await alice.createRoom({ preset: 'public_chat', visibility: 'public', name: 'xyzzy-name' });
  await alice.invite(room, bob.userId);
  await bob.join(room);
  await alice.sync();
  const set = async (type: string, content: object): Promise<string> =>
    String((await alice.ok('PUT', `${roomPath(room)}/state/${type}`, content)).body['event_id']);
  const ids = [
    await alice.send(room, 'xyzzy bob'),
    await set('m.room.topic', { topic: 'xyzzy-topic' }),
    await set('m.room.name', { name: 'xyzzy-other' }),
    await set('m.room.avatar', { url: 'mxc://hs1/xyzzy' }),
  ];
  await hearth.sleep(5000);
  const { body } = await alice.ok('GET', `${roomPath(room)}/state`);
  for (const event of body as unknown as { type: string; event_id: string; unsigned?: { prev_content?: object } }[])
    if (event.type === 'm.room.name') ids.push(event.event_id);
  const { chunk } = (await alice.ok('GET', `${roomPath(room)}/messages?dir=b&limit=100`)).body as unknown as {
    chunk: { type: string; event_id: string }[];
  };
  for (const event of chunk) if (event.type === 'm.room.name') ids.push(event.event_id);
  for (const id of new Set(ids))
    await alice.ok('PUT', `${roomPath(room)}/redact/${encodeURIComponent(id)}/${id.slice(1)}`, {});
  await hearth.sleep(60_000);
  const left: string[] = [];
  const tables = hearth.connection.own("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  for (const { name } of tables as { name: string }[])
    for (const row of hearth.connection.own(`SELECT * FROM ${name}`).all())
      if (
        JSON.stringify(row, (_, value) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
        ).includes('xyzzy')
      )
        left.push(name);
  assert.deepEqual(left, []);
});

test('who is invited is shown no longer what was redacted, at once and in a first sync', async () => {
  const hearth = new Hearth();
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const room = await alice.createRoom({ name: 'An insult', topic: 'Roses' });
  await alice.invite(room, bob.userId);
  const shown = (answer: { rooms?: { invite?: Readonly<Record<string, unknown>> } }) =>
    JSON.stringify(answer.rooms?.invite?.[room] ?? {});
  const first = await bob.sync();
  assert.ok(shown(first as never).includes('An insult'));
  const events = (await alice.ok('GET', `${roomPath(room)}/state`)).body as unknown as readonly {
    type: string;
    event_id: string;
  }[];
  const name = events.find(({ type }) => type === 'm.room.name')?.event_id ?? '';
  await alice.ok('PUT', `${roomPath(room)}/redact/${encodeURIComponent(name)}/r`, {});
  for (const query of [{ since: first.next_batch }, {}] as Record<string, string>[]) {
    const now = shown((await bob.sync(query)) as never);
    assert.ok(!now.includes('An insult'), now);
    assert.ok(now.includes('Roses') && now.includes('m.room.create'), now);
  }
});
