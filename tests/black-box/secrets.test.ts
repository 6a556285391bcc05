// No secret is written down: not in the log at its most talkative, not in an error, not in the database, whatever it is encoded
// as, and not when the storage fails under the request that holds it. That the search would find them is proven by some that
// are put where a client's words do belong: in a message, in the transaction id of a request that fails, in a refused version.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
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

/** What a text may look like where it is written down. */
const FORMS: readonly (readonly [name: string, form: (secret: string) => string])[] = [
  ['as it is', (secret) => secret],
  ['as JSON', (secret) => JSON.stringify(secret).slice(1, -1)],
  ['in an address', encodeURIComponent],
  ['in a form', (secret) => new URLSearchParams({ x: secret }).toString().slice(2)],
  ['as base64', (secret) => Buffer.from(secret).toString('base64').replace(/=+$/, '')],
  ['as base64 for addresses', (secret) => Buffer.from(secret).toString('base64url')],
  ['as hexadecimal digits', (secret) => Buffer.from(secret).toString('hex')],
];

interface Written {
  readonly log: string;
  readonly errors: readonly string[];
  readonly files: readonly (readonly [path: string, bytes: Buffer])[];
}

/** Where a secret is written down, in whatever form. */
function placesOf(secret: string, { log, errors, files }: Written): string[] {
  return FORMS.flatMap(([name, form]) => {
    const text = form(secret);
    return [
      ...(log.includes(text) ? [`in the log, ${name}`] : []),
      ...(errors.some((error) => error.includes(text)) ? [`in an error, ${name}`] : []),
      ...(files.some(([, bytes]) => bytes.includes(text)) ? [`on the disk, ${name}`] : []),
    ];
  });
}

/** Makes requests while nothing can be stored; undefined where that cannot be arranged. */
async function whileNothingIsStored(
  server: Server,
  requests: readonly (() => Promise<Answer>)[],
): Promise<Answer[] | undefined> {
  const answers: Answer[] = [];
  const limit = (bytes: string): void => {
    execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${bytes}:unlimited`], { stdio: 'ignore' });
  };
  const failing = (statements: number) =>
    server.request('POST', `/_hearth/test/fail?statements=${statements}`, new Map(), undefined);
  try {
    if (server.runtime === 'node') limit('0');
  } catch {
    return undefined;
  }
  for (const request of requests) {
    if (server.runtime === 'workers') await failing(1);
    answers.push(await request());
    if (server.runtime === 'workers') await failing(0);
  }
  if (server.runtime === 'node') limit('unlimited');
  return answers;
}

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

/** Requests that hold secrets, while the storage fails; and one whose address the log may name. */
async function failures(server: Server, secrets: Map<string, string>, planted: string): Promise<string[] | undefined> {
  const bob = await Client.register(server, 'bob');
  const room = await bob.createRoom();
  const nobody = new Client(server);
  const [refreshing, given] = [
    await nobody.ok('POST', `${V3}/login`, { ...passwordOf(bob), refresh_token: true }),
    await bob.ok('POST', `${V1}/login/get_token`, { auth: passwordOf(bob) }),
  ];
  const next = 'a password that was never stored';
  for (const [name, secret] of [
    ['access token', bob.token],
    ['password', bob.password],
    ['refresh token', refreshing.body['refresh_token']],
    ['login token', given.body['login_token']],
    ['password that came to nothing', next],
  ] as const)
    secrets.set(`${name} while nothing can be stored`, String(secret));
  const answers = await whileNothingIsStored(server, [
    () => nobody.call('POST', `${V3}/login`, passwordOf(bob)),
    () => nobody.call('POST', `${V3}/login`, { type: 'm.login.token', token: given.body['login_token'] }),
    () => nobody.call('POST', `${V3}/refresh`, { refresh_token: refreshing.body['refresh_token'] }),
    () => bob.call('POST', `${V3}/account/password`, { new_password: next, auth: passwordOf(bob) }),
    () => nobody.call('POST', `${V3}/register`, { username: 'carl', password: next, auth: { type: 'm.login.dummy' } }),
    () => bob.call('POST', `${V3}/user/${bob.userId}/openid/request_token`, {}),
    () => bob.call('POST', `${V3}/account/deactivate`, { auth: passwordOf(bob) }),
    () => nobody.call('POST', `${V3}/logout/all?access_token=${bob.token}`, {}),
    () => bob.call('PUT', `${roomPath(room)}/send/m.room.message/${planted}`, { msgtype: 'm.text', body: 'lost' }),
  ]);
  if (answers === undefined) return undefined;
  assert.ok(
    answers.every(({ status }) => status >= 500),
    JSON.stringify(answers),
  );
  return answers.map(({ body }) => JSON.stringify(body));
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
    const planted = new Map([
      ['log', 'planted.in.the.log'],
      ['error', 'planted.in.an.error'],
      ...FORMS.map(
        ([name]) => [name, name === 'as it is' ? 'planted as it is' : `planted, "${name}" & söught/for`] as const,
      ),
    ]);
    const failed = await failures(server, secrets, planted.get('log')!);
    const carol = await Client.register(server, 'carol');
    const room = await carol.createRoom();
    // An event is stored as JSON.
    for (const [name, form] of FORMS)
      await carol.send(room, name === 'as JSON' ? planted.get(name)! : form(planted.get(name)!));
    const refused = await carol.call('POST', `${V3}/createRoom`, { room_version: planted.get('error') });
    errors.push(...(failed ?? []), JSON.stringify(refused.body));
    // A crash has more to say than an orderly end.
    await server.kill();
    const files = filesUnder(server.dataDirectory).map((path) => [path, readFileSync(path)] as const);
    assert.ok(
      files.some(([, bytes]) => bytes.includes('@alice:hs1')),
      'the files are the ones that data is in',
    );
    assert.ok(errors.length > 10);
    const written: Written = { log: server.said, errors, files };
    for (const [name] of FORMS)
      assert.ok(
        placesOf(planted.get(name)!, written).some((place) => place === `on the disk, ${name}`),
        `the search finds what stands on the disk ${name}`,
      );
    assert.deepEqual(placesOf(planted.get('error')!, written).slice(0, 1), ['in an error, as it is']);
    if (failed === undefined) t.diagnostic('the storage cannot be made to fail here (prlimit): that part is left out');
    else assert.ok(placesOf(planted.get('log')!, written).includes('in the log, as it is'), 'the log says what failed');
    const found = [...secrets].flatMap(([name, secret]) =>
      placesOf(secret, written).map((place) => `${name}: ${place}`),
    );
    assert.deepEqual(found, []);
  });
}
