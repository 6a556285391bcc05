// Attacks on authentication over HTTP: stages that are skipped, tokens that are used twice, too late or for another purpose.
// https://spec.matrix.org/v1.19/client-server-api/#client-authentication
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, Client } from './client.ts';
import { RUNTIMES, Server } from './server.ts';

const V3 = '/_matrix/client/v3';
const V1 = '/_matrix/client/v1';
const WHOAMI = `${V3}/account/whoami`;
const USERINFO = '/_matrix/federation/v1/openid/userinfo';

const passwordOf = (client: Client) => ({
  type: 'm.login.password',
  identifier: { type: 'm.id.user', user: client.userId },
  password: client.password,
});
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected);
};
const masterKey = (userId: string, key: string) => ({
  master_key: { user_id: userId, usage: ['master'], keys: { [`ed25519:${key}`]: key } },
});

/** Every operation that asks for authentication again, as alice would have it done. */
const interactive = (alice: Client): readonly (readonly [method: string, path: string, body: object])[] => [
  ['POST', `${V3}/account/password`, { new_password: 'stolen' }],
  ['POST', `${V3}/account/deactivate`, { erase: true }],
  ['DELETE', `${V3}/devices/PHONE`, {}],
  ['POST', `${V3}/delete_devices`, { devices: ['PHONE'] }],
  ['POST', `${V1}/login/get_token`, {}],
  ['POST', `${V3}/keys/device_signing/upload`, masterKey(alice.userId, 'B'.repeat(43))],
];

for (const runtime of RUNTIMES) {
  test(`${runtime}: nothing that asks for authentication again is done without it`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const [alice, bob] = [await Client.register(server, 'alice'), await Client.register(server, 'bob')];
    const phone = await alice.login('PHONE');
    const first = masterKey(alice.userId, 'A'.repeat(43));
    await alice.ok('POST', `${V3}/keys/device_signing/upload`, first);
    for (const [method, path, body] of interactive(alice)) {
      const begun = await alice.call(method, path, body);
      const { session } = begun.body;
      assert.deepEqual([begun.status, begun.body['flows']], [401, [{ stages: ['m.login.password'] }]], path);
      const ofBob = (await bob.call('DELETE', `${V3}/devices/${bob.deviceId}`)).body['session'];
      for (const auth of [
        {},
        { session },
        { session: 'made up' },
        { session: ofBob },
        { type: 'm.login.dummy' },
        { type: 'm.login.dummy', session },
        { type: 'm.login.password', session },
        { ...passwordOf(bob), session },
        { ...passwordOf(alice), password: bob.password, session },
        { ...passwordOf(alice), password: 'wrong' },
        { ...passwordOf(bob), user: alice.userId },
        'yes',
        true,
        null,
      ]) {
        const { status, body: answer } = await alice.call(method, path, { ...body, auth });
        assert.ok(
          [400, 401, 403].includes(status),
          `${path} ${JSON.stringify(auth)}: ${status} ${JSON.stringify(answer)}`,
        );
        assert.equal(answer['login_token'], undefined);
      }
    }
    // Nothing of it has happened.
    await alice.ok('GET', WHOAMI);
    await phone.ok('GET', WHOAMI);
    await alice.login();
    const { master_keys: keys } = (await alice.ok('POST', `${V3}/keys/query`, { device_keys: { [alice.userId]: [] } }))
      .body;
    assert.ok(JSON.stringify(keys).includes('A'.repeat(43)));
  });

  test(`${runtime}: registration takes the stages that are offered, in a session of its own`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const nobody = new Client(server);
    const ofAlice = (await alice.call('POST', `${V3}/account/deactivate`, {})).body['session'];
    for (const auth of [
      undefined,
      {},
      { session: 'made up' },
      { session: ofAlice },
      { type: 'm.login.password', password: alice.password, user: 'alice' },
      { type: 'm.login.recaptcha' },
      { type: 'm.login.dummy', session: ofAlice },
    ]) {
      const answer = await nobody.call('POST', `${V3}/register`, { username: 'eve', password: 'x', auth });
      assert.equal(answer.status, 401, JSON.stringify(auth));
    }
    assert.equal((await nobody.ok('GET', `${V3}/register/available?username=eve`)).body['available'], true);
  });

  test(`${runtime}: a login token is good for one login, and goes with the device that asked for it`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const nobody = new Client(server);
    const ask = async (client: Client) => {
      const { body } = await client.ok('POST', `${V1}/login/get_token`, { auth: passwordOf(alice) });
      assert.ok(Number(body['expires_in_ms']) <= 5 * 60_000);
      return String(body['login_token']);
    };
    const use = (token: string) => nobody.call('POST', `${V3}/login`, { type: 'm.login.token', token });
    const once = await ask(alice);
    const uses = await Promise.all([use(once), use(once), use(once)]);
    assert.deepEqual(uses.map(({ status }) => status).toSorted(), [200, 403, 403]);
    refused(await use(once), 403, 'M_FORBIDDEN');
    const phone = await alice.login('PHONE');
    const gone = await ask(phone);
    await phone.ok('POST', `${V3}/logout`);
    refused(await use(gone), 403, 'M_FORBIDDEN');
    const crashed = await ask(alice);
    await server.kill();
    await server.launch();
    assert.equal((await use(crashed)).status, 200);
    refused(await use(crashed), 403, 'M_FORBIDDEN');
    // It is no access token.
    nobody.token = await ask(alice);
    refused(await nobody.call('GET', WHOAMI), 401, 'M_UNKNOWN_TOKEN');
  });

  test(`${runtime}: refresh tokens are used in a line, expire exactly, and are not revived`, async (t) => {
    const server = await Server.start(runtime, { HEARTH_ACCESS_TOKEN_LIFETIME: '2000' });
    t.after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const nobody = new Client(server);
    const login = async () =>
      (await nobody.ok('POST', `${V3}/login`, { ...passwordOf(alice), refresh_token: true })).body;
    const refresh = (token: unknown) => nobody.call('POST', `${V3}/refresh`, { refresh_token: token });
    const as = (token: unknown): Client => {
      const client = new Client(server);
      client.token = String(token);
      return client;
    };
    const first = await login();
    assert.equal(first['expires_in_ms'], 2000);
    const second = (await refresh(first['refresh_token'])).body;
    // The answer may have been lost: the old one is good until the new one is used.
    const again = (await refresh(first['refresh_token'])).body;
    refused(await refresh(second['refresh_token']), 401, 'M_UNKNOWN_TOKEN');
    await as(again['access_token']).ok('GET', WHOAMI);
    const reused = await refresh(first['refresh_token']);
    refused(reused, 401, 'M_UNKNOWN_TOKEN');
    await server.sleep(2100);
    const late = await as(again['access_token']).call('GET', WHOAMI);
    refused(late, 401, 'M_UNKNOWN_TOKEN');
    assert.equal(late.body['soft_logout'], true);
    const third = (await refresh(again['refresh_token'])).body;
    await as(third['access_token']).ok('GET', WHOAMI);
    refused(await refresh(third['access_token']), 401, 'M_UNKNOWN_TOKEN');
    refused(await as(third['refresh_token']).call('GET', WHOAMI), 401, 'M_UNKNOWN_TOKEN');
    await as(third['access_token']).ok('POST', `${V3}/logout`);
    refused(await refresh(third['refresh_token']), 401, 'M_UNKNOWN_TOKEN');
    await server.kill();
    await server.launch();
    refused(await refresh(third['refresh_token']), 401, 'M_UNKNOWN_TOKEN');
  });

  test(`${runtime}: an OpenID token says who somebody is, and opens nothing`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const phone = await alice.login('PHONE');
    const path = `${V3}/user/${encodeURIComponent(alice.userId)}/openid/request_token`;
    const { body } = await phone.ok('POST', path, {});
    const token = String(body['access_token']);
    const nobody = new Client(server);
    const userinfo = (given: string) => nobody.call('GET', `${USERINFO}?access_token=${encodeURIComponent(given)}`);
    assert.deepEqual((await userinfo(token)).body, { sub: alice.userId });
    for (const other of ['', 'x', alice.token, `${token}x`, token.slice(0, -1)])
      assert.equal((await userinfo(other)).status, 401);
    const thief = new Client(server);
    thief.token = token;
    for (const [method, where] of [
      ['GET', WHOAMI],
      ['GET', `${V3}/sync`],
      ['POST', `${V3}/createRoom`],
      ['GET', '/_matrix/client/v3/voip/turnServer'],
    ] as const)
      refused(await thief.call(method, where, method === 'POST' ? {} : undefined), 401, 'M_UNKNOWN_TOKEN');
    refused(await nobody.call('POST', `${V3}/refresh`, { refresh_token: token }), 401, 'M_UNKNOWN_TOKEN');
    refused(await nobody.call('POST', `${V3}/login`, { type: 'm.login.token', token }), 403, 'M_FORBIDDEN');
    await phone.ok('POST', `${V3}/logout`);
    assert.equal((await userinfo(token)).status, 401);
  });
}
