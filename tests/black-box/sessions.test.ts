// Sessions over HTTP: what ends, ends at once. https://spec.matrix.org/v1.19/client-server-api/#client-authentication
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from './client.ts';
import { RUNTIMES, Server } from './server.ts';

for (const runtime of RUNTIMES) {
  test(`${runtime}: signing out ends the token and the poll that is open with it`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const phone = await alice.login('PHONE');
    const { next_batch: since } = await phone.sync();
    const poll = phone.call('GET', `/_matrix/client/v3/sync?timeout=30000&since=${since}`);
    await server.sleep(300);
    const begun = performance.now();
    await phone.ok('POST', '/_matrix/client/v3/logout', {});
    const ended = await poll;
    assert.deepEqual([ended.status, ended.body.errcode], [401, 'M_UNKNOWN_TOKEN']);
    assert.ok(performance.now() - begun < 5000, 'the poll did not wait for its time');
    assert.equal((await phone.call('GET', '/_matrix/client/v3/account/whoami')).status, 401);
    assert.equal((await alice.call('GET', '/_matrix/client/v3/account/whoami')).status, 200);
    await server.kill();
    await server.launch();
    assert.equal((await phone.call('GET', '/_matrix/client/v3/account/whoami')).status, 401);
  });

  test(`${runtime}: a token that is not ours is nobody's, and a path of another user is forbidden`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const bob = await Client.register(server, 'bob');
    for (const token of [`hearth_2_${'A'.repeat(43)}`, `hearth_1_${'A'.repeat(43)}`, 'x', alice.token.slice(0, -1)]) {
      const stranger = new Client(server);
      stranger.token = token;
      assert.equal((await stranger.call('GET', '/_matrix/client/v3/account/whoami')).body.errcode, 'M_UNKNOWN_TOKEN');
    }
    const path = `/_matrix/client/v3/user/${encodeURIComponent(alice.userId)}/account_data/test.type`;
    await alice.ok('PUT', path, { secret: true });
    assert.equal((await bob.call('GET', path)).status, 403);
    assert.equal((await bob.call('PUT', path, { secret: false })).status, 403);
    assert.deepEqual((await alice.ok('GET', path)).body, { secret: true });
  });
}
