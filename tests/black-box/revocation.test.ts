// What ends a session ends it at once, everywhere, and over a crash: signing out, deleting a device, a new password, the end of an
// account, a lock, a further login on the device. https://spec.matrix.org/v1.19/client-server-api/#client-authentication
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { Client, roomPath } from './client.ts';
import { RUNTIMES, Server, SHARED_SECRET } from './server.ts';

const V3 = '/_matrix/client/v3';
const WHOAMI = `${V3}/account/whoami`;

const passwordOf = (client: Client) => ({
  type: 'm.login.password',
  identifier: { type: 'm.id.user', user: client.userId },
  password: client.password,
});

async function administrator(server: Server): Promise<Client> {
  const path = '/_synapse/admin/v1/register';
  const root = new Client(server);
  const nonce = String((await root.ok('GET', path)).body['nonce']);
  const mac = createHmac('sha1', SHARED_SECRET).update([nonce, 'root', 'pw', 'admin'].join('\0')).digest('hex');
  const { body } = await root.ok('POST', path, { nonce, username: 'root', password: 'pw', mac, admin: true });
  root.token = String(body['access_token']);
  return root;
}

/** A session that can be refreshed, with a poll open. */
async function polling(alice: Client, deviceId: string) {
  const client = new Client(alice.server);
  const { body } = await client.ok('POST', `${V3}/login`, {
    ...passwordOf(alice),
    device_id: deviceId,
    refresh_token: true,
  });
  client.token = String(body['access_token']);
  const { next_batch: since } = await client.sync();
  const poll = client.call('GET', `${V3}/sync?timeout=30000&since=${since}`);
  await alice.server.sleep(200);
  return { client, poll, refreshToken: String(body['refresh_token']) };
}

for (const runtime of RUNTIMES) {
  test(`${runtime}: whatever ends a session ends its token, its refresh token and its open poll, and stays so over a crash`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const root = await administrator(server);
    const alice = await Client.register(server, 'alice');
    const bob = await Client.register(server, 'bob');
    const room = await bob.createRoom({ preset: 'public_chat' });
    await alice.join(room);
    const ended: { client: Client; refreshToken: string }[] = [];
    const ends = async (name: string, what: (client: Client) => Promise<unknown>, errcode = 'M_UNKNOWN_TOKEN') => {
      const { client, poll, refreshToken } = await polling(alice, name);
      const begun = performance.now();
      await what(client);
      const answer = await poll;
      assert.deepEqual([answer.status, answer.body.errcode, answer.body['rooms']], [401, errcode, undefined], name);
      assert.ok(performance.now() - begun < 10_000, `${name}: the poll did not wait for its time`);
      assert.equal((await client.call('GET', WHOAMI)).status, 401, name);
      const refreshed = await client.call('POST', `${V3}/refresh`, { refresh_token: refreshToken });
      assert.equal(refreshed.status, 401, name);
      ended.push({ client, refreshToken });
    };
    await ends('LOGOUT', (client) => client.ok('POST', `${V3}/logout`));
    await ends('DELETED', () => alice.ok('DELETE', `${V3}/devices/DELETED`, { auth: passwordOf(alice) }));
    await ends('AGAIN', () => alice.login('AGAIN'));
    await ends(
      'LOCKED',
      async () => {
        await root.ok('PUT', `/_matrix/client/v1/admin/lock/${alice.userId}`, { locked: true });
      },
      'M_USER_LOCKED',
    );
    await root.ok('PUT', `/_matrix/client/v1/admin/lock/${alice.userId}`, { locked: false });
    // A lock ends nothing for good.
    const { client: unlocked } = ended.pop()!;
    assert.equal((await unlocked.call('GET', WHOAMI)).status, 200);
    await ends('PASSWORD', async () => {
      const was = alice.password;
      alice.password = 'another';
      await alice.ok('POST', `${V3}/account/password`, {
        auth: { ...passwordOf(alice), password: was },
        new_password: 'another',
      });
    });
    await ends('ACCOUNT', () => alice.ok('POST', `${V3}/account/deactivate`, { auth: passwordOf(alice) }));
    ended.push({ client: alice, refreshToken: '' });
    await server.kill();
    await server.launch();
    for (const { client, refreshToken } of ended) {
      assert.equal((await client.call('GET', WHOAMI)).status, 401);
      assert.equal((await client.call('POST', `${V3}/refresh`, { refresh_token: refreshToken })).status, 401);
    }
    const login = await new Client(server).call('POST', `${V3}/login`, passwordOf(alice));
    assert.deepEqual([login.status, login.body.errcode], [403, 'M_USER_DEACTIVATED']);
    await eventually(server, async () => {
      const { body } = await bob.ok('GET', `${roomPath(room)}/state/m.room.member/${alice.userId}`);
      return body['membership'] === 'leave';
    });
  });
}

/** Waits for what comes soon, or with an alarm after a crash. */
async function eventually(server: Server, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return;
    await server.sleep(300);
  }
  assert.fail('it did not come');
}
