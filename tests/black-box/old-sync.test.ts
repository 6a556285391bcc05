// What /sync has replaced, over HTTP. https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3events
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from './client.ts';
import { RUNTIMES, Server } from './server.ts';

const V3 = '/_matrix/client/v3';

for (const runtime of RUNTIMES) {
  test(`${runtime}: everything at once, the events after it as they come, and one by its id`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const bob = await Client.register(server, 'bob');
    const room = await alice.createRoom({ preset: 'public_chat' });
    await bob.join(room);
    const first = await alice.send(room, 'first');
    const { body } = await bob.ok('GET', `${V3}/initialSync?limit=1`);
    const rooms = body['rooms'] as { room_id: string; messages: { chunk: { event_id: string }[] } }[];
    assert.deepEqual(
      rooms.map(({ room_id: id, messages }) => [id, messages.chunk.map(({ event_id: eventId }) => eventId)]),
      [[room, [first]]],
    );
    const waiting = bob.ok('GET', `${V3}/events?timeout=20000&from=${String(body['end'])}`);
    await server.sleep(300);
    const second = await alice.send(room, 'second');
    const told = (await waiting).body;
    assert.deepEqual(
      (told['chunk'] as { event_id: string }[]).map(({ event_id: eventId }) => eventId),
      [second],
    );
    const after = await bob.ok('GET', `${V3}/events?timeout=0&from=${String(told['end'])}`);
    assert.deepEqual(after.body['chunk'], []);
    const one = await bob.ok('GET', `${V3}/events/${encodeURIComponent(first)}`);
    assert.deepEqual([one.body['event_id'], one.body['room_id']], [first, room]);
    assert.equal((await bob.call('GET', `${V3}/events/%24nothing`)).status, 404);
    const who = await bob.ok('GET', `${V3}/admin/whois/${bob.userId}`);
    assert.deepEqual(Object.keys(who.body['devices'] as object), [bob.deviceId]);
    assert.equal((await bob.call('GET', `${V3}/admin/whois/${alice.userId}`)).status, 403);
  });
}
