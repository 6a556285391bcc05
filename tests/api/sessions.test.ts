// Refresh tokens, passwords and logins by token. https://spec.matrix.org/v1.19/client-server-api/#client-authentication
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, type Body, Client } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const WHOAMI = `${V3}/account/whoami`;
const HOUR = 3_600_000;
const refused = ({ status, body }: Answer, ...expected: [number, string, boolean?]): void => {
  const [wanted, errcode, soft] = expected;
  assert.deepEqual([status, body.errcode, body['soft_logout']], [wanted, errcode, soft]);
};
const passwordOf = (client: Client, password = client.password) => ({
  type: 'm.login.password',
  identifier: { type: 'm.id.user', user: client.userId },
  password,
});
const login = (client: Client, more: object = {}) =>
  new Client(client.server).call('POST', `${V3}/login`, { ...passwordOf(client), ...more });
const withToken = (client: Client, token: unknown): Client => {
  const other = new Client(client.server);
  other.token = String(token);
  return other;
};
const isGood = async (client: Client, token: unknown) =>
  (await withToken(client, token).call('GET', WHOAMI)).status === 200;
const refresh = (client: Client, token: unknown) =>
  new Client(client.server).call('POST', `${V3}/refresh`, { refresh_token: token });

async function refreshable(): Promise<{ hearth: Hearth; alice: Client; first: Body }> {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const first = (await login(alice, { refresh_token: true, device_id: 'PHONE' })).body;
  return { hearth, alice, first };
}

test('only who asks for a refresh token gets one, and only then the access token expires', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  for (const asked of [undefined, false]) {
    const { body } = await login(alice, { refresh_token: asked });
    assert.deepEqual([body['refresh_token'], body['expires_in_ms']], [undefined, undefined]);
  }
  const { body } = await login(alice, { refresh_token: true });
  assert.deepEqual([typeof body['refresh_token'], body['expires_in_ms']], ['string', HOUR]);
  const dummy = { type: 'm.login.dummy' };
  const made = await new Client(hearth).ok('POST', `${V3}/register`, {
    username: 'bob',
    password: 'x',
    refresh_token: true,
    auth: dummy,
  });
  assert.equal(typeof made.body['refresh_token'], 'string');
  await hearth.sleep(10 * HOUR);
  assert.ok(await isGood(alice, alice.token));
});

test('an expired access token says that the session is still there, and can be refreshed', async () => {
  const { hearth, alice, first } = await refreshable();
  await hearth.sleep(HOUR - 1);
  assert.ok(await isGood(alice, first['access_token']));
  await hearth.sleep(1);
  refused(await withToken(alice, first['access_token']).call('GET', WHOAMI), 401, 'M_UNKNOWN_TOKEN', true);
  const { body } = await refresh(alice, first['refresh_token']);
  const phone = withToken(alice, body['access_token']);
  assert.equal((await phone.ok('GET', WHOAMI)).body['device_id'], 'PHONE');
});

test('a refresh token stays good until what it gave is used, for the answer may be lost', async () => {
  const { alice, first } = await refreshable();
  const lost = (await refresh(alice, first['refresh_token'])).body;
  const second = (await refresh(alice, first['refresh_token'])).body;
  // What was lost is good for nothing: two lines of one session would be one too many.
  assert.equal(await isGood(alice, lost['access_token']), false);
  assert.equal((await refresh(alice, lost['refresh_token'])).status, 401);
  assert.ok(await isGood(alice, second['access_token']));
  refused(await refresh(alice, first['refresh_token']), 401, 'M_UNKNOWN_TOKEN', true);
  assert.ok(await isGood(alice, second['access_token']));
  assert.equal((await refresh(alice, second['refresh_token'])).status, 200);
});

test('using the new refresh token ends the old one as well', async () => {
  const { alice, first } = await refreshable();
  const second = (await refresh(alice, first['refresh_token'])).body;
  const third = (await refresh(alice, second['refresh_token'])).body;
  refused(await refresh(alice, first['refresh_token']), 401, 'M_UNKNOWN_TOKEN', true);
  assert.ok(await isGood(alice, third['access_token']));
  // Long ago superseded: not known any more.
  refused(await refresh(alice, first['refresh_token']), 401, 'M_UNKNOWN_TOKEN', undefined);
});

test('the access token before lasts a minute longer, for requests that are on their way', async () => {
  const { hearth, alice, first } = await refreshable();
  assert.ok(await isGood(alice, first['access_token']));
  const second = (await refresh(alice, first['refresh_token'])).body;
  assert.ok(await isGood(alice, second['access_token']));
  await hearth.sleep(59_000);
  assert.ok(await isGood(alice, first['access_token']));
  await hearth.sleep(1000);
  refused(await withToken(alice, first['access_token']).call('GET', WHOAMI), 401, 'M_UNKNOWN_TOKEN', true);
});

test('refreshing leaves few rows behind', async () => {
  const { hearth, alice, first } = await refreshable();
  let token = first['refresh_token'];
  for (let n = 0; n < 10; n++) {
    const { body } = await refresh(alice, token);
    assert.ok(await isGood(alice, body['access_token']));
    token = body['refresh_token'];
  }
  for (const table of ['users_tokens', 'users_other_tokens']) {
    const count = hearth.connection.own(`SELECT COUNT(*) AS n FROM ${table} WHERE device_id = 'PHONE'`).get();
    assert.ok(Number(count?.['n']) <= 3, table);
  }
});

test('a session that ended is not refreshed to life, and a token of another kind is none', async () => {
  const { alice, first } = await refreshable();
  const access = withToken(alice, first['access_token']);
  refused(await refresh(alice, first['access_token']), 401, 'M_UNKNOWN_TOKEN', undefined);
  for (const none of ['', 'x', 'hearth_refresh_9_x', `hearth_refresh_1_${'A'.repeat(43)}`])
    refused(await refresh(alice, none), 401, 'M_UNKNOWN_TOKEN', undefined);
  refused(await refresh(alice, 1), 400, 'M_BAD_JSON');
  refused(await refresh(alice, undefined), 400, 'M_MISSING_PARAM');
  refused(await withToken(alice, first['refresh_token']).call('GET', WHOAMI), 401, 'M_UNKNOWN_TOKEN', undefined);
  await access.ok('POST', `${V3}/logout`);
  refused(await refresh(alice, first['refresh_token']), 401, 'M_UNKNOWN_TOKEN', undefined);
});

test('a further login on the device ends the tokens of the one before', async () => {
  const { alice, first } = await refreshable();
  const again = (await login(alice, { refresh_token: true, device_id: 'PHONE' })).body;
  assert.equal(await isGood(alice, first['access_token']), false);
  assert.equal((await refresh(alice, first['refresh_token'])).status, 401);
  assert.ok(await isGood(alice, again['access_token']));
});

test('a new password ends the other devices by default, and never the one that set it', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const [phone, laptop] = [await alice.login('PHONE'), await alice.login('LAPTOP')];
  const kept = await phone.call('POST', `${V3}/account/password`, {
    auth: passwordOf(alice),
    new_password: 'second',
    logout_devices: false,
  });
  assert.deepEqual([kept.status, kept.body], [200, {}]);
  for (const client of [alice, phone, laptop]) assert.ok(await isGood(client, client.token));
  refused(await login(alice), 403, 'M_FORBIDDEN');
  alice.password = 'second';
  await phone.ok('POST', `${V3}/account/password`, { auth: passwordOf(alice), new_password: 'third' });
  assert.ok(await isGood(phone, phone.token));
  for (const client of [alice, laptop]) assert.equal(await isGood(client, client.token), false);
  assert.deepEqual(
    ((await phone.ok('GET', `${V3}/devices`)).body['devices'] as Body[]).map((device) => device['device_id']),
    ['PHONE'],
  );
});

test('a password is changed only by who knows it, for one that can be a password', async () => {
  const alice = await Client.register(new Hearth(), 'alice');
  const path = `${V3}/account/password`;
  const asked = await alice.call('POST', path, {});
  assert.deepEqual([asked.status, asked.body['flows']], [401, [{ stages: ['m.login.password'] }]]);
  refused(await alice.call('POST', path, { auth: passwordOf(alice, 'wrong'), new_password: 'x' }), 401, 'M_FORBIDDEN');
  for (const bad of ['', 'x'.repeat(513)])
    refused(await alice.call('POST', path, { auth: passwordOf(alice), new_password: bad }), 400, 'M_WEAK_PASSWORD');
  refused(await alice.call('POST', path, { auth: passwordOf(alice) }), 400, 'M_MISSING_PARAM');
  refused(await alice.call('POST', path, { auth: passwordOf(alice), new_password: 1 }), 400, 'M_BAD_JSON');
  refused(await new Client(alice.server).call('POST', path, { new_password: 'x' }), 401, 'M_MISSING_TOKEN');
  assert.equal((await login(alice)).status, 200);
});

test('what was proven with the old password is proven no more after a change', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const asked = await alice.call('POST', `${V3}/account/deactivate`, {});
  const session = String(asked.body['session']);
  await hearth.actors.users(1).accounts.completeUiaStage(session, 'm.login.password');
  await alice.ok('POST', `${V3}/account/password`, { auth: passwordOf(alice), new_password: 'second' });
  assert.equal((await alice.call('POST', `${V3}/account/deactivate`, { auth: { session } })).status, 401);
  assert.ok(await isGood(alice, alice.token));
});

test('a login that was under way while the password changed does not come in', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const { accounts } = hearth.actors.users(1);
  const before = (await accounts.passwordRecord(alice.userId))?.passwordHash ?? '';
  await alice.ok('POST', `${V3}/account/password`, { auth: passwordOf(alice), new_password: 'second' });
  const late = { userId: alice.userId, deviceId: 'LATE', initialDeviceDisplayName: undefined, refreshable: false };
  await assert.rejects(accounts.openSession({ ...late, proof: { kind: 'password', passwordHash: before } }), /Wrong/);
  refused(await alice.call('GET', `${V3}/devices/LATE`), 404, 'M_NOT_FOUND');
});

test('a login token takes the password, is good for one login, and not for long', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const path = '/_matrix/client/v1/login/get_token';
  assert.equal((await alice.call('POST', path, {})).status, 401);
  const tokenOf = async (client: Client) =>
    (await client.ok('POST', path, { auth: passwordOf(alice) })).body['login_token'];
  const enter = (token: unknown) => new Client(hearth).call('POST', `${V3}/login`, { type: 'm.login.token', token });
  const token = await tokenOf(alice);
  const made = await enter(token);
  assert.deepEqual([made.status, made.body['user_id']], [200, '@alice:hs1']);
  refused(await enter(token), 403, 'M_FORBIDDEN');
  const late = await tokenOf(alice);
  await hearth.sleep(120_000);
  refused(await enter(late), 403, 'M_FORBIDDEN');
  const phone = await alice.login('PHONE');
  const orphan = await tokenOf(phone);
  await phone.ok('POST', `${V3}/logout`);
  refused(await enter(orphan), 403, 'M_FORBIDDEN');
  for (const none of ['', 'x', `hearth_login_9_${'A'.repeat(43)}`, alice.token])
    refused(await enter(none), 403, 'M_FORBIDDEN');
  refused(await enter(undefined), 400, 'M_MISSING_PARAM');
});

test('names that nobody here has are answered as a wrong password is', async () => {
  const alice = await Client.register(new Hearth(), 'alice');
  const wrong = await login(alice, { password: 'wrong' });
  const attempt = (identifier: unknown) =>
    new Client(alice.server).call('POST', `${V3}/login`, { type: 'm.login.password', identifier, password: 'x' });
  for (const identifier of [
    { type: 'm.id.thirdparty', medium: 'email', address: 'alice@example.org' },
    { type: 'm.id.phone', country: 'GB', phone: '07700900001' },
  ])
    assert.deepEqual((await attempt(identifier)).body, wrong.body);
  refused(await attempt({ type: 'm.id.thirdparty', medium: 'email' }), 400, 'M_MISSING_PARAM');
  refused(await attempt({ type: 'm.id.phone', country: 'GB' }), 400, 'M_MISSING_PARAM');
  refused(await attempt({ user: 'alice' }), 400, 'M_MISSING_PARAM');
  refused(await attempt({ type: 'org.example.badge' }), 400, 'M_UNKNOWN');
});

test('a stage that names an e-mail address, a phone number or another user is refused', async () => {
  const alice = await Client.register(new Hearth(), 'alice');
  for (const identifier of [
    { type: 'm.id.thirdparty', medium: 'email', address: 'alice@example.org' },
    { type: 'm.id.user', user: '@bob:hs1' },
    { type: 'm.id.user' },
    {},
  ]) {
    const auth = { type: 'm.login.password', identifier, password: alice.password };
    refused(await alice.call('DELETE', `${V3}/devices/X`, { auth }), 403, 'M_FORBIDDEN');
  }
});

test('a session for some devices does not delete others', async () => {
  const alice = await Client.register(new Hearth(), 'alice');
  await alice.login('A');
  await alice.login('B');
  const path = `${V3}/delete_devices`;
  const { session } = (await alice.call('POST', path, { devices: ['A'] })).body;
  const other = await alice.call('POST', path, { devices: ['B'], auth: { ...passwordOf(alice), session } });
  assert.deepEqual([other.status, other.body['session'] === session], [401, false]);
  assert.equal((await alice.call('GET', `${V3}/devices/B`)).status, 200);
  await alice.ok('POST', path, { devices: ['A'], auth: { ...passwordOf(alice), session } });
});

test('OpenID tokens say who somebody is, and nothing else', async () => {
  const { hearth, alice } = await refreshable();
  const path = `${V3}/user/${alice.userId}/openid/request_token`;
  const { body } = await alice.ok('POST', path, {});
  assert.deepEqual([body['token_type'], body['matrix_server_name'], body['expires_in']], ['Bearer', 'hs1', 3600]);
  const token = String(body['access_token']);
  const info = (text: string) =>
    new Client(hearth).call('GET', `/_matrix/federation/v1/openid/userinfo?access_token=${encodeURIComponent(text)}`);
  assert.deepEqual((await info(token)).body, { sub: '@alice:hs1' });
  assert.equal(await isGood(alice, token), false);
  for (const none of ['x', alice.token, `hearth_openid_7_${'A'.repeat(43)}`])
    refused(await info(none), 401, 'M_UNKNOWN_TOKEN', undefined);
  refused(await info(''), 401, 'M_MISSING_TOKEN');
  refused(await alice.call('POST', `${V3}/user/@bob:hs1/openid/request_token`, {}), 403, 'M_FORBIDDEN');
  await hearth.sleep(HOUR);
  refused(await info(token), 401, 'M_UNKNOWN_TOKEN', undefined);
  const fresh = String((await alice.ok('POST', path, {})).body['access_token']);
  await alice.ok('POST', `${V3}/logout/all`);
  refused(await info(fresh), 401, 'M_UNKNOWN_TOKEN', undefined);
});

test('there are no third-party identifiers, and nothing pretends that there are', async () => {
  const alice = await Client.register(new Hearth(), 'alice');
  const account = `${V3}/account`;
  assert.deepEqual((await alice.ok('GET', `${account}/3pid`)).body, { threepids: [] });
  const email = { client_secret: 's', email: 'a@example.org', send_attempt: 1 };
  const phone = { client_secret: 's', country: 'GB', phone_number: '1', send_attempt: 1 };
  refused(await alice.call('POST', `${account}/3pid`, { three_pid_creds: {} }), 403, 'M_FORBIDDEN');
  refused(await alice.call('POST', `${account}/3pid/add`, { client_secret: 's', sid: 's' }), 403, 'M_FORBIDDEN');
  const address = { medium: 'email', address: 'a@example.org' };
  for (const operation of ['delete', 'unbind'])
    refused(await alice.call('POST', `${account}/3pid/${operation}`, address), 404, 'M_NOT_FOUND');
  const anybody = new Client(alice.server);
  for (const where of [`${account}/3pid`, `${V3}/register`]) {
    refused(await anybody.call('POST', `${where}/email/requestToken`, email), 403, 'M_THREEPID_DENIED');
    refused(await anybody.call('POST', `${where}/msisdn/requestToken`, phone), 403, 'M_THREEPID_DENIED');
  }
  refused(await anybody.call('POST', `${account}/password/email/requestToken`, email), 400, 'M_THREEPID_NOT_FOUND');
  refused(await anybody.call('POST', `${account}/password/msisdn/requestToken`, phone), 400, 'M_THREEPID_NOT_FOUND');
  refused(await anybody.call('POST', `${account}/password/email/requestToken`, {}), 400, 'M_MISSING_PARAM');
});

test('transaction ids are of the device: they go on over a further login on it, and end when it is logged out', async () => {
  const hearth = new Hearth();
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const roomId = await alice.createRoom();
  const phone = await alice.login('PHONE');
  const first = await phone.send(roomId, 'x', 't0');
  const message = { messages: { [bob.userId]: { '*': { n: 1 } } } };
  await phone.ok('PUT', '/_matrix/client/v3/sendToDevice/a.type/t0', message);
  const relogged = await alice.login('PHONE');
  assert.equal(await relogged.send(roomId, 'x', 't0'), first);
  await relogged.ok('PUT', '/_matrix/client/v3/sendToDevice/a.type/t0', message);
  await relogged.ok('POST', '/_matrix/client/v3/logout', {});
  const another = await alice.login('PHONE');
  assert.notEqual(await another.send(roomId, 'x', 't0'), first);
  await another.ok('PUT', '/_matrix/client/v3/sendToDevice/a.type/t0', message);
  await hearth.settle();
  assert.equal((await bob.sync()).to_device?.events.length, 2);
});
