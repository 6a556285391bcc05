// Pushers over HTTP. https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3pushersset
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from './client.ts';
import { RUNTIMES, Server } from './server.ts';

const V3 = '/_matrix/client/v3';
const PUSHER = {
  kind: 'http',
  app_id: 'org.example.app',
  app_display_name: 'App',
  device_display_name: 'Phone',
  lang: 'en',
  data: { url: 'https://push.example.org/_matrix/push/v1/notify' },
};

for (const runtime of RUNTIMES) {
  test(`${runtime}: a pusher outlives a crash, is one user's alone, and ends with its device`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const bob = await Client.register(server, 'bob');
    const phone = await alice.login();
    const set = (client: Client, change: object) => client.call('POST', `${V3}/pushers/set`, { ...PUSHER, ...change });
    const keys = async (client: Client) => {
      const { body } = await client.ok('GET', `${V3}/pushers`);
      return (body['pushers'] as { pushkey: string }[]).map(({ pushkey }) => pushkey);
    };
    assert.equal((await set(alice, { pushkey: 'desk' })).status, 200);
    assert.equal((await set(phone, { pushkey: 'phone' })).status, 200);
    assert.equal((await set(phone, { pushkey: 'shared' })).status, 200);
    assert.equal((await set(bob, { pushkey: 'shared' })).status, 200);
    const http = { url: 'http://push.example.org/_matrix/push/v1/notify' };
    assert.equal((await set(alice, { pushkey: 'bad', data: http })).body.errcode, 'M_INVALID_PARAM');
    assert.equal((await set(alice, { pushkey: 'bad', kind: 'email' })).body.errcode, 'M_INVALID_PARAM');
    await server.kill();
    await server.launch();
    assert.deepEqual(await keys(alice), ['desk', 'phone']);
    assert.deepEqual(await keys(bob), ['shared']);
    await phone.ok('POST', `${V3}/logout`);
    assert.deepEqual(await keys(alice), ['desk']);
    assert.equal((await set(bob, { pushkey: 'shared', kind: null })).status, 200);
    assert.deepEqual(await keys(bob), []);
  });
}
