// Registration, login and user-interactive authentication.
// https://spec.matrix.org/v1.19/client-server-api/#client-authentication
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { type Answer, Client } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const REGISTER = `${V3}/register`;
const SHARED = '/_synapse/admin/v1/register';
const dummy = { type: 'm.login.dummy' };
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected);
};
const passwordOf = (client: Client) => ({
  type: 'm.login.password',
  identifier: { type: 'm.id.user', user: client.userId },
  password: client.password,
});

test('registration begins with the flows, also without a body', async () => {
  const client = new Client(new Hearth());
  for (const body of [undefined, {}, { username: 'alice', password: 'secret' }]) {
    const {
      status,
      body: { session, flows, params, completed, errcode },
    } = await client.call('POST', REGISTER, body);
    assert.deepEqual(
      [status, flows, params, completed, errcode],
      [401, [{ stages: ['m.login.dummy'] }], {}, [], undefined],
    );
    assert.equal(typeof session, 'string');
  }
});

test('the first body is remembered, its password and whatever else is not', async () => {
  const hearth = new Hearth();
  const client = new Client(hearth);
  const { body } = await client.call('POST', REGISTER, {
    username: 'alice',
    device_id: 'PHONE',
    password: 'in clear',
    other: 'in clear',
  });
  const kept = hearth.connection.own('SELECT body FROM users_uia_sessions').get();
  assert.equal(kept?.['body'], '{"username":"alice","device_id":"PHONE"}');
  const made = await client.ok('POST', REGISTER, { auth: { ...dummy, session: body['session'] }, password: 'secret' });
  assert.deepEqual([made.body['user_id'], made.body['device_id']], ['@alice:hs1', 'PHONE']);
});

test('user names are lower case, of few characters, and not longer than an id', async () => {
  const client = new Client(new Hearth());
  for (const username of ['', 'ä', 'a b', '@a:hs1', 'x'.repeat(255), 'a!', 'a\0']) {
    refused(await client.call('POST', REGISTER, { username, password: 'x', auth: dummy }), 400, 'M_INVALID_USERNAME');
    refused(
      await client.call('GET', `${REGISTER}/available?username=${encodeURIComponent(username)}`),
      400,
      'M_INVALID_USERNAME',
    );
  }
  const made = await client.ok('POST', REGISTER, { username: 'Alice', password: 'x', auth: dummy });
  assert.equal(made.body['user_id'], '@alice:hs1');
  refused(await client.call('POST', REGISTER, { username: 'alice' }), 400, 'M_USER_IN_USE');
  refused(await client.call('GET', `${REGISTER}/available?username=alice`), 400, 'M_USER_IN_USE');
  assert.equal((await client.call('GET', `${REGISTER}/available?username=bob`)).body['available'], true);
  refused(await client.call('GET', `${REGISTER}/available`), 400, 'M_MISSING_PARAM');
});

test('names that every object has are names like others', async () => {
  const hearth = new Hearth();
  for (const name of ['constructor', '__proto__', 'toString']) {
    const made = await new Client(hearth).call('POST', REGISTER, { username: name, password: 'x', auth: dummy });
    assert.equal(made.body['user_id'], `@${name.toLowerCase()}:hs1`);
  }
});

test('without a name one is made, without a password there is none', async () => {
  const client = new Client(new Hearth());
  const made = await client.ok('POST', REGISTER, { password: 'x', auth: dummy });
  assert.match(String(made.body['user_id']), /^@[a-z0-9_-]{12}:hs1$/);
  refused(await client.call('POST', REGISTER, { username: 'bob', auth: dummy }), 400, 'M_MISSING_PARAM');
});

test('inhibit_login makes an account without a session', async () => {
  const client = new Client(new Hearth());
  const { body } = await client.ok('POST', REGISTER, {
    username: 'bob',
    password: 'x',
    inhibit_login: true,
    auth: dummy,
  });
  assert.deepEqual([body['user_id'], body['access_token'], body['device_id']], ['@bob:hs1', undefined, undefined]);
});

test('what no device or password can be is refused before anything is made', async () => {
  const client = new Client(new Hearth());
  const good = { username: 'bob', password: 'x', auth: dummy };
  for (const deviceId of ['', 'x'.repeat(256)])
    refused(await client.call('POST', REGISTER, { ...good, device_id: deviceId }), 400, 'M_INVALID_PARAM');
  for (const password of ['', 'x'.repeat(513)])
    refused(await client.call('POST', REGISTER, { ...good, password }), 400, 'M_WEAK_PASSWORD');
  const { body } = await client.ok('POST', REGISTER, { ...good, initial_device_display_name: 'n'.repeat(1000) });
  client.token = String(body['access_token']);
  const { body: device } = await client.ok('GET', `${V3}/devices/${String(body['device_id'])}`);
  assert.equal(String(device['display_name']).length, 255);
});

test('guests, and everybody where registration is closed, are refused', async () => {
  refused(await new Client(new Hearth()).call('POST', `${REGISTER}?kind=guest`, {}), 403, 'M_GUEST_ACCESS_FORBIDDEN');
  const closed = new Client(new Hearth({ registration: 'closed' }));
  refused(await closed.call('POST', REGISTER, { username: 'x', password: 'x', auth: dummy }), 403, 'M_FORBIDDEN');
});

test('a registration token is good for its number of uses', async () => {
  const hearth = new Hearth({ registration: 'token' });
  const client = new Client(hearth);
  const { token } = await hearth.actors.home().createRegistrationToken('once', 1, undefined);
  const valid = async () =>
    (await client.ok('GET', `/_matrix/client/v1/register/m.login.registration_token/validity?token=${token}`)).body[
      'valid'
    ];
  const attempt = (username: string, given: unknown) =>
    client.call('POST', REGISTER, {
      username,
      password: 'x',
      auth: { type: 'm.login.registration_token', token: given },
    });
  assert.deepEqual((await client.call('POST', REGISTER, {})).body['flows'], [
    { stages: ['m.login.registration_token'] },
  ]);
  refused(await client.call('POST', REGISTER, { username: 'a', password: 'x', auth: dummy }), 401, 'M_FORBIDDEN');
  for (const wrong of ['other', 1, undefined, '']) refused(await attempt('a', wrong), 401, 'M_FORBIDDEN');
  assert.equal(await valid(), true);
  assert.equal((await attempt('a', token)).status, 200);
  assert.equal(await valid(), false);
  refused(await attempt('b', token), 401, 'M_FORBIDDEN');
});

test('a registration that fails gives its token back', async () => {
  const hearth = new Hearth({ registration: 'token' });
  const client = new Client(hearth);
  await hearth.actors.home().createRegistrationToken('once', 1, undefined);
  const auth = { type: 'm.login.registration_token', token: 'once' };
  refused(await client.call('POST', REGISTER, { username: 'a', auth }), 400, 'M_MISSING_PARAM');
  assert.equal((await client.call('POST', REGISTER, { username: 'a', password: 'x', auth })).status, 200);
});

test('a user is named by id or localpart, in either case, in the new form or the old', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  for (const named of [
    { identifier: { type: 'm.id.user', user: 'alice' } },
    { identifier: { type: 'm.id.user', user: '@alice:hs1' } },
    { identifier: { type: 'm.id.user', user: 'ALICE' } },
    { user: 'alice' },
    { user: '@Alice:hs1' },
  ]) {
    const answer = await new Client(hearth).call('POST', `${V3}/login`, {
      type: 'm.login.password',
      ...named,
      password: alice.password,
    });
    assert.equal(answer.body['user_id'], '@alice:hs1', JSON.stringify(named));
  }
});

test('a wrong password and a missing user look the same', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const attempt = (user: string, password: string) =>
    new Client(hearth).call('POST', `${V3}/login`, {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user },
      password,
    });
  const wrong = await attempt('alice', 'wrong');
  refused(wrong, 403, 'M_FORBIDDEN');
  for (const user of ['nobody', '@alice:elsewhere', '', '@', 'constructor', '@:hs1', 'x'.repeat(5000)])
    assert.deepEqual((await attempt(user, 'wrong')).body, wrong.body);
  for (const password of ['', `${alice.password} `, 'x'.repeat(60_000)])
    assert.deepEqual((await attempt('alice', password)).body, wrong.body);
});

test('other ways to log in are not known', async () => {
  const client = new Client(new Hearth());
  refused(await client.call('POST', `${V3}/login`, { type: 'm.login.sso', token: 'x' }), 400, 'M_UNKNOWN');
  refused(
    await client.call('POST', `${V3}/login`, {
      type: 'm.login.password',
      identifier: { type: 'org.example.badge' },
      password: 'x',
    }),
    400,
    'M_UNKNOWN',
  );
});

test('a login on a known device ends its earlier token and keeps its name', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  await alice.ok('PUT', `${V3}/devices/${alice.deviceId}`, { display_name: 'phone' });
  const again = await alice.login(alice.deviceId);
  refused(await alice.call('GET', `${V3}/account/whoami`), 401, 'M_UNKNOWN_TOKEN');
  assert.equal((await again.ok('GET', `${V3}/devices/${again.deviceId}`)).body['display_name'], 'phone');
  refused(
    await again.call('POST', `${V3}/login`, { ...passwordOf(again), device_id: 'x'.repeat(256) }),
    400,
    'M_INVALID_PARAM',
  );
});

test('deleting a device takes the password, and a session deletes only what it was opened for', async () => {
  const hearth = new Hearth();
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const [phone, laptop] = [await alice.login('PHONE'), await alice.login('LAPTOP')];
  const asked = await alice.call('DELETE', `${V3}/devices/PHONE`);
  assert.equal(asked.status, 401);
  const session = asked.body['session'];
  refused(
    await alice.call('DELETE', `${V3}/devices/PHONE`, { auth: { ...passwordOf(alice), password: 'wrong', session } }),
    401,
    'M_FORBIDDEN',
  );
  refused(await alice.call('DELETE', `${V3}/devices/PHONE`, { auth: { ...dummy, session } }), 401, 'M_FORBIDDEN');
  refused(
    await alice.call('DELETE', `${V3}/devices/PHONE`, { auth: { ...passwordOf(bob), session } }),
    403,
    'M_FORBIDDEN',
  );
  // Of another operation and of another user: as if there were no session.
  for (const [client, path] of [
    [alice, `${V3}/devices/LAPTOP`],
    [bob, `${V3}/devices/PHONE`],
  ] as const) {
    const answer = await client.call('DELETE', path, { auth: { ...passwordOf(client), session } });
    assert.deepEqual([answer.status, answer.body['session'] === session], [401, false]);
  }
  assert.equal((await phone.call('GET', `${V3}/account/whoami`)).status, 200);
  await alice.ok('DELETE', `${V3}/devices/PHONE`, { auth: { ...passwordOf(alice), session } });
  refused(await phone.call('GET', `${V3}/account/whoami`), 401, 'M_UNKNOWN_TOKEN');
  assert.equal((await laptop.call('GET', `${V3}/account/whoami`)).status, 200);
  await alice.login('PHONE');
  assert.equal((await alice.call('DELETE', `${V3}/devices/PHONE`, { auth: { session } })).status, 401);
});

test('several devices are deleted at once, the list given first or last', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  await alice.login('A');
  await alice.login('B');
  refused(await alice.call('POST', `${V3}/delete_devices`, {}), 400, 'M_MISSING_PARAM');
  refused(
    await alice.call('POST', `${V3}/delete_devices`, { devices: Array.from({ length: 1001 }, () => 'A') }),
    400,
    'M_INVALID_PARAM',
  );
  await alice.ok('POST', `${V3}/delete_devices`, { devices: ['A', 'B', 'none'], auth: passwordOf(alice) });
  assert.equal(((await alice.ok('GET', `${V3}/devices`)).body['devices'] as unknown[]).length, 1);
  refused(await alice.call('GET', `${V3}/devices/A`), 404, 'M_NOT_FOUND');
  refused(await alice.call('PUT', `${V3}/devices/A`, { display_name: 'x' }), 404, 'M_NOT_FOUND');
});

test('who signs in on more devices than are kept signs out the one that was seen longest ago', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const [old, phone] = [await alice.login('OLD'), await alice.login('PHONE')];
  await old.ok('GET', `${V3}/account/whoami`);
  await hearth.sleep(600_000);
  for (const client of [alice, phone]) await client.ok('GET', `${V3}/account/whoami`);
  // That they were seen is written a little later.
  await hearth.sleep(5000);
  hearth.connection
    .own(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 197)
       INSERT INTO users_devices (owner, user_id, device_id, last_seen_ts)
       SELECT owner, user_id, 'D' || i, last_seen_ts FROM users_devices, n WHERE device_id = 'PHONE'`,
    )
    .run();
  const count = async () => ((await alice.ok('GET', `${V3}/devices`)).body['devices'] as unknown[]).length;
  assert.equal(await count(), 200);
  // Signing in anew on a device that there is takes no place.
  await alice.login('PHONE');
  await alice.ok('GET', `${V3}/devices/OLD`);
  const { next_batch: since } = await alice.sync();
  const latest = await alice.login('NEW');
  assert.equal(await count(), 200);
  refused(await old.call('GET', `${V3}/account/whoami`), 401, 'M_UNKNOWN_TOKEN');
  for (const client of [alice, latest]) await client.ok('GET', `${V3}/account/whoami`);
  assert.ok((await alice.sync({ since })).device_lists?.changed?.includes('@alice:hs1'));
});

test('a logout ends one session, a logout of all ends all', async () => {
  const alice = await Client.register(new Hearth(), 'alice');
  const [phone, laptop] = [await alice.login('PHONE'), await alice.login('LAPTOP')];
  await phone.ok('POST', `${V3}/logout`);
  refused(await phone.call('GET', `${V3}/account/whoami`), 401, 'M_UNKNOWN_TOKEN');
  await laptop.ok('POST', `${V3}/logout/all`);
  for (const client of [alice, laptop])
    refused(await client.call('GET', `${V3}/account/whoami`), 401, 'M_UNKNOWN_TOKEN');
});

const mac = (secret: string, parts: readonly string[]): string =>
  createHmac('sha1', secret).update(parts.join('\0')).digest('hex');

test('the shared secret registers: a nonce is good once, a wrong mac never', async () => {
  const client = new Client(new Hearth({ registration: 'closed', registrationSharedSecret: 'secret' }));
  const nonceOf = async () => String((await client.ok('GET', SHARED)).body['nonce']);
  const wanted = (nonce: string, username: string, secret = 'secret') => ({
    nonce,
    username,
    password: 'pw',
    mac: mac(secret, [nonce, username, 'pw', 'notadmin']),
  });
  const nonce = await nonceOf();
  const { body } = await client.ok('POST', SHARED, {
    ...wanted(nonce, 'root'),
    displayname: 'Root',
    device_id: 'TOOL',
  });
  assert.deepEqual([body['user_id'], body['device_id']], ['@root:hs1', 'TOOL']);
  assert.equal((await client.ok('GET', `${V3}/profile/@root:hs1/displayname`)).body['displayname'], 'Root');
  refused(await client.call('POST', SHARED, wanted(nonce, 'other')), 400, 'M_UNKNOWN');
  refused(await client.call('POST', SHARED, wanted('made up', 'other')), 400, 'M_UNKNOWN');
  for (const bad of ['', 'zz', 'ab', mac('other', ['x'])]) {
    refused(await client.call('POST', SHARED, { ...wanted(await nonceOf(), 'other'), mac: bad }), 403, 'M_FORBIDDEN');
  }
  // Nobody becomes an admin by a mac that was made for somebody who is none.
  refused(await client.call('POST', SHARED, { ...wanted(await nonceOf(), 'other'), admin: true }), 403, 'M_FORBIDDEN');
  // The parts are joined by NUL, so none may hold one: the same text would say something else.
  for (const parts of [
    { username: 'other', password: 'pw\0admin' },
    { username: 'other\0pw', password: 'admin' },
    { username: 'other', password: 'pw', user_type: 'x\0y' },
  ]) {
    const nonce = await nonceOf();
    const { username, password, user_type: type } = parts;
    const text = [nonce, username, password, 'notadmin', ...(type === undefined ? [] : [type])];
    const answer = await client.call('POST', SHARED, { ...parts, nonce, mac: mac('secret', text) });
    refused(answer, 400, 'M_INVALID_PARAM');
  }
  refused(await client.call('POST', SHARED, wanted(await nonceOf(), 'root')), 400, 'M_USER_IN_USE');
  const quiet = await client.ok('POST', SHARED, { ...wanted(await nonceOf(), 'quiet'), inhibit_login: true });
  assert.equal(quiet.body['access_token'], undefined);
});

test('without a shared secret there is no such endpoint', async () => {
  for (const registrationSharedSecret of [undefined, '']) {
    const client = new Client(new Hearth({ registrationSharedSecret }));
    refused(await client.call('GET', SHARED), 404, 'M_UNRECOGNIZED');
    refused(
      await client.call('POST', SHARED, {
        nonce: 'x',
        username: 'x',
        password: 'x',
        mac: mac('', ['x', 'x', 'x', 'notadmin']),
      }),
      404,
      'M_UNRECOGNIZED',
    );
  }
});
