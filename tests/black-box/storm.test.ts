// On workerd a storm of bad requests and broken connections gets no failure, and others are answered after it. (On Node see
// tests/runtime/node/processes/storm.test.ts, which also counts what is left open.)
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from './client.ts';
import { Server } from './server.ts';
import { storm } from './storm.ts';

test('workers: a storm of requests, many cut off, gets no failure', async (t) => {
  const server = await Server.start('workers');
  t.after(() => server.stop());
  const alice = await Client.register(server, 'alice');
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  const values = new Map([
    ['roomId', roomId],
    ['roomIdOrAlias', roomId],
    ['eventId', await alice.send(roomId, 'x')],
    ['userId', alice.userId],
    ['deviceId', alice.deviceId],
    ['version', '1'],
    ['eventType', 'm.room.message'],
  ]);
  const port = Number(new URL(server.url).port);
  const { answered, statuses, failures } = await storm({ port, token: alice.token, values }, 1500, 3);
  assert.deepEqual(failures.slice(0, 5), []);
  assert.ok(answered > 750, String(answered));
  for (const status of [200, 400, 401, 404]) assert.ok(statuses.has(status), JSON.stringify([...statuses]));
  assert.equal((await alice.call('GET', '/_matrix/client/v3/account/whoami')).status, 200);
});
