// No secret is written down in clear: not in the log at its most talkative, not in an error, not in the database.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Answer, Client, roomPath } from './client.ts';
import { RUNTIMES, Server } from './server.ts';

const V3 = '/_matrix/client/v3';
const V1 = '/_matrix/client/v1';

const passwordOf = (client: Client) => ({
  type: 'm.login.password',
  identifier: { type: 'm.id.user', user: client.userId },
  password: client.password,
});

/** Does what needs secrets, rightly and wrongly; answers the secrets and whatever was refused. */
async function scenario(server: Server) {
  const secrets = new Map<string, string>();
  const errors: string[] = [];
  const note = (name: string, secret: unknown): string => {
    assert.ok(typeof secret === 'string' && secret.length >= 8, name);
    secrets.set(name, secret);
    return secret;
  };
  const attempt = async (answer: Promise<Answer>): Promise<Answer> => {
    const { status, body } = await answer;
    if (status >= 400) errors.push(JSON.stringify(body));
    return answer;
  };
  const alice = await Client.register(server, 'alice');
  note('access token', alice.token);
  note('password', alice.password);
  const nobody = new Client(server);
  const { body: session } = await nobody.ok('POST', `${V3}/login`, { ...passwordOf(alice), refresh_token: true });
  note('expiring access token', session['access_token']);
  const refreshed = await nobody.ok('POST', `${V3}/refresh`, {
    refresh_token: note('refresh token', session['refresh_token']),
  });
  note('second refresh token', refreshed.body['refresh_token']);
  const login = (await alice.ok('POST', `${V1}/login/get_token`, { auth: passwordOf(alice) })).body['login_token'];
  note('login token', login);
  note(
    'OpenID token',
    (await alice.ok('POST', `${V3}/user/${alice.userId}/openid/request_token`, {})).body['access_token'],
  );
  // Tokens in the address, good and bad ones.
  for (const token of [alice.token, note('wrong token in the query', 'hearth_1_WrongTokenInTheQuery')])
    await attempt(nobody.call('GET', `${V3}/account/whoami?access_token=${token}`));
  await attempt(
    nobody.call(
      'GET',
      `/_matrix/federation/v1/openid/userinfo?access_token=${note('openid in query', 'WrongOpenIdToken')}`,
    ),
  );
  const wrong = note('wrong password', 'a wrong password, perhaps of elsewhere');
  await attempt(nobody.call('POST', `${V3}/login`, { ...passwordOf(alice), password: wrong }));
  for (const body of [
    `{"type":"m.login.password","password":"${wrong}"`,
    { type: 'm.login.password', password: { [wrong]: wrong } },
    { type: 'm.login.token', token: wrong },
    { type: wrong, password: wrong },
    { type: 'm.login.password', identifier: { type: wrong, user: 'alice' }, password: wrong },
  ])
    await attempt(nobody.call('POST', `${V3}/login`, body));
  await attempt(nobody.call('POST', `${V3}/refresh`, { refresh_token: wrong }));
  const registering = note('password at registration', 'password given too early');
  await attempt(nobody.call('POST', `${V3}/register`, { username: 'bob', password: registering, other: registering }));
  await attempt(
    nobody.call('POST', `${V3}/register`, {
      username: 'bob',
      auth: { type: 'm.login.password', password: registering },
    }),
  );
  const next = note('new password', 'the password after that');
  await attempt(alice.call('POST', `${V3}/account/password`, { new_password: next }));
  await attempt(
    alice.call('POST', `${V3}/account/password`, {
      new_password: next,
      auth: { ...passwordOf(alice), password: wrong },
    }),
  );
  await alice.ok('POST', `${V3}/account/password`, {
    new_password: next,
    logout_devices: false,
    auth: passwordOf(alice),
  });
  alice.password = next;
  const room = await alice.createRoom();
  await alice.send(room, 'hello');
  await attempt(alice.call('PUT', `${roomPath(room)}/send/m.room.message/x?access_token=${alice.token}`, 'no JSON'));
  await attempt(alice.call('POST', `${V3}/account/deactivate`, { auth: { ...passwordOf(alice), password: wrong } }));
  await attempt(alice.call('POST', `${V3}/delete_devices`, { devices: ['X'], auth: { type: wrong, password: wrong } }));
  const page = `${V3}/auth/m.login.password/fallback/web?session=x`;
  await attempt(nobody.call('POST', page, `password=${encodeURIComponent(wrong)}`));
  return { secrets, errors };
}

function filesUnder(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

for (const runtime of RUNTIMES) {
  test(`${runtime}: no password and no token is in the log, in an error or on the disk`, async (t) => {
    const server = await Server.start(runtime, { TEST_LOG_LEVEL: 'debug' });
    t.after(() => server.stop());
    const { secrets, errors } = await scenario(server);
    // A crash has more to say than an orderly end.
    await server.kill();
    const files = filesUnder(server.dataDirectory).map((path) => [path, readFileSync(path)] as const);
    assert.ok(
      files.some(([, bytes]) => bytes.includes('@alice:hs1')),
      'the files are the ones that data is in',
    );
    assert.ok(server.said.length > 0 && errors.length > 10);
    const found: string[] = [];
    for (const [name, secret] of secrets) {
      if (server.said.includes(secret)) found.push(`${name}: in the log`);
      if (errors.some((error) => error.includes(secret))) found.push(`${name}: in an error`);
      for (const [path, bytes] of files) if (bytes.includes(secret)) found.push(`${name}: in ${path}`);
    }
    assert.deepEqual(found, []);
  });
}
