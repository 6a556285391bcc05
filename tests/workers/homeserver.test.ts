// The whole homeserver in workerd: a conversation over HTTP, also while its objects are dropped from memory all the time.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, roomPath, type SyncAnswer } from '../black-box/client.ts';
import { Server, SHARED_SECRET } from '../black-box/server.ts';
import { root } from '../tidy/source-files.ts';

const FILTER = JSON.stringify({ room: { timeline: { limit: 100 } } });
const messagesOf = (answer: SyncAnswer, roomId: string): string[] =>
  (answer.rooms?.join?.[roomId]?.timeline?.events ?? [])
    .filter(({ type }) => type === 'm.room.message')
    .map(({ content }) => String(content['body']));

/** Repeats an operation until it is not answered by a failure of the server. */
async function stubbornly<T>(operation: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      if (!/: 50\d /.test(String(error))) throw error;
      await pause(10);
    }
  }
}

test('register, log in, create a room, send and sync', async (t) => {
  const server = await Server.start('workers');
  t.after(() => server.stop());
  const alice = await Client.register(server, 'alice');
  const later = await alice.login();
  assert.equal(later.userId, '@alice:hs1');
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  const { next_batch: since } = await later.sync();
  const polled = later.sync({ since, timeout: '20000', filter: FILTER });
  await pause(100);
  await alice.send(roomId, 'hello');
  assert.deepEqual(messagesOf(await polled, roomId), ['hello']);
});

test('nothing acknowledged is lost, told twice or out of order while objects are dropped', async (t) => {
  const server = await Server.start('workers');
  t.after(() => server.stop());
  const [alice, bob] = [await Client.register(server, 'alice'), await Client.register(server, 'bob')];
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(roomId);
  let { next_batch: since } = await bob.sync();

  const sent = Array.from({ length: 40 }, (_, n) => `message ${n}`);
  let done = false;
  let dropped = 0;
  const dropping = (async () => {
    const objects = [
      ['room', roomId],
      ['users', '1'],
      ['room', roomId],
      ['home', ''],
    ] as const;
    while (!done) {
      const [object, name] = objects[dropped++ % objects.length]!;
      const answer = await fetch(`${server.url}/_hearth/test/abort?object=${object}&name=${encodeURIComponent(name)}`, {
        method: 'POST',
      });
      assert.equal(answer.status, 200);
      await pause(15);
    }
  })();
  const sending = (async () => {
    const ids: string[] = [];
    for (const text of sent) {
      ids.push(await stubbornly(() => alice.send(roomId, text, text.replace(' ', '-'))));
      await pause(10);
    }
    return ids;
  })();
  const told: string[] = [];
  while (!told.includes('message 39')) {
    const answer = await stubbornly(() => bob.sync({ since, timeout: '5000', filter: FILTER }));
    told.push(...messagesOf(answer, roomId));
    since = answer.next_batch;
  }
  const ids = await sending;
  done = true;
  await dropping;
  assert.ok(dropped > 20);
  assert.deepEqual(told, sent);
  assert.equal(new Set(ids).size, sent.length);
  const repeated = await alice.send(roomId, 'message 7', 'message-7');
  assert.equal(repeated, ids[7]);
  const page = (await alice.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=100`)).body as {
    chunk?: readonly { type: string }[];
  };
  assert.equal(page.chunk?.filter(({ type }) => type === 'm.room.message').length, sent.length);
});

test('the first account is made as the documentation says', async (t) => {
  const server = await Server.start('workers');
  t.after(() => server.stop());
  const section = readFileSync(join(root, 'docs/runtimes.md'), 'utf8').split('## The first account')[1] ?? '';
  const script = section
    .split('\n')
    .filter((line) => line.startsWith('    '))
    .join('\n')
    .replace(/URL=.*/, '');
  const answer = execFileSync('bash', ['-euc', script], {
    encoding: 'utf8',
    env: { ...process.env, URL: server.url, SECRET: SHARED_SECRET, PASSWORD: 'a long password' },
  });
  assert.equal((JSON.parse(answer) as { user_id?: string }).user_id, '@alice:hs1', answer);
});

test('what is kept of other servers has objects of its own', async (t) => {
  const server = await Server.start('workers');
  t.after(() => server.stop());
  const asked = async (path: string): Promise<unknown> => (await fetch(server.url + path)).json();
  const own = (await asked('/_matrix/key/v2/server')) as { readonly server_name: string };
  // Nobody answers there; who asks twice is not told otherwise while the object remembers.
  for (let n = 0; n < 2; n++) assert.deepEqual(await asked('/_matrix/key/v2/query/127.0.0.1:1'), { server_keys: [] });
  const told = (await asked(`/_matrix/key/v2/query/${own.server_name}`)) as { readonly server_keys: readonly object[] };
  assert.equal(told.server_keys.length, 1);
  assert.equal((await fetch(`${server.url}/_matrix/federation/v1/send/1`, { method: 'PUT', body: '{}' })).status, 401);
});
