// Who asks too often is refused for a while, and nobody else is. https://spec.matrix.org/v1.19/client-server-api/#rate-limiting
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoints } from '../../src/api/endpoints.ts';
import { networkOf } from '../../src/api/network.ts';
import { type Allowances, DEFAULT_ALLOWANCES, eachClass } from '../../src/spec/rate-limits/allowances.ts';
import type { RateLimitClass } from '../../src/spec/rate-limits/classes.ts';
import { type Answer, Client } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const HERE = '203.0.113.1';
const ELSEWHERE = '203.0.113.2';

/** Nothing is limited but one class. */
function only(name: RateLimitClass, perSecond: number, burst: number): Allowances {
  return eachClass((other) => (other === name ? { perSecond, burst } : undefined));
}

function refused(answer: Answer): void {
  assert.deepEqual([answer.status, answer.body.errcode], [429, 'M_LIMIT_EXCEEDED']);
  const ms = answer.body['retry_after_ms'] as number;
  assert.ok(Number.isInteger(ms) && ms >= 1, String(ms));
  assert.equal(answer.header('retry-after'), String(Math.ceil(ms / 1000)));
  assert.equal(answer.header('access-control-allow-origin'), '*');
}

/** How many of so many are answered otherwise than with 429. */
async function passed(count: number, ask: () => Promise<Answer>): Promise<number> {
  const answers = await Promise.all(Array.from({ length: count }, ask));
  for (const answer of answers) if (answer.status === 429) refused(answer);
  return answers.filter(({ status }) => status !== 429).length;
}

const logIn = (hearth: Hearth, address: string, user: string, password: string) => (): Promise<Answer> =>
  new Client(hearth.from(address)).call('POST', `${V3}/login`, {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user },
    password,
  });

test('with the defaults one user at a hundred times the limit is refused, and others notice nothing', async () => {
  const hearth = new Hearth({ rateLimits: DEFAULT_ALLOWANCES });
  const alice = await Client.register(hearth, 'alice');
  const bob = await Client.register(hearth, 'bob');
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(roomId);
  let n = 0;
  const send = (client: Client) => () =>
    client.call('PUT', `${V3}/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${n++}`, { body: 'x' });
  const { burst } = DEFAULT_ALLOWANCES.message!;
  assert.equal(await passed(burst * 100, send(alice)), burst);
  assert.equal(await passed(burst, send(bob)), burst);
  // The same user may still do everything else.
  assert.equal((await alice.call('GET', `${V3}/joined_rooms`)).status, 200);
  await hearth.sleep(1000);
  assert.equal(await passed(burst, send(alice)), DEFAULT_ALLOWANCES.message!.perSecond);
});

test('a user has one bucket over all devices', async () => {
  const hearth = new Hearth({ rateLimits: only('read', 1, 4) });
  const alice = await Client.register(hearth, 'alice');
  const phone = await alice.login();
  assert.equal(await passed(3, () => alice.call('GET', `${V3}/joined_rooms`)), 3);
  assert.equal(await passed(3, () => phone.call('GET', `${V3}/joined_rooms`)), 1);
});

test('a refused request does nothing, and its body is not read', async () => {
  const hearth = new Hearth({ rateLimits: only('settings', 1, 1) });
  const alice = await Client.register(hearth, 'alice');
  const path = `${V3}/user/${alice.userId}/account_data/x`;
  assert.equal((await alice.call('PUT', path, { a: 1 })).status, 200);
  refused(await alice.call('PUT', path, { a: 2 }));
  refused(await alice.call('PUT', path, 'not JSON at all'));
  assert.deepEqual((await alice.call('GET', path)).body, { a: 1 });
});

test('without a token the network is counted, and a whole /64 is one', async () => {
  const hearth = new Hearth({ rateLimits: only('registration', 1, 2) });
  const ask = (address: string) => () =>
    new Client(hearth.from(address)).call('GET', `${V3}/register/available?username=x`);
  assert.equal(await passed(5, ask(HERE)), 2);
  assert.equal(await passed(5, ask(ELSEWHERE)), 2);
  assert.equal(await passed(2, ask('2001:db8::1')), 2);
  assert.equal(await passed(2, ask('2001:db8:0:0:ffff::2')), 0);
  assert.equal(await passed(2, ask('2001:db8:0:1::1')), 2);
});

test('an address of IPv6 is cut to its first 64 bits however it is written', () => {
  const same = ['2001:db8::1', '2001:0DB8:0:0:1:2:3:4', '2001:db8:0:0::', '2001:db8::ffff:1.2.3.4'];
  assert.deepEqual([...new Set(same.map(networkOf))], ['2001:db8:0:0']);
  assert.equal(networkOf('::1'), '0:0:0:0');
  assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0');
  assert.equal(networkOf('192.0.2.1'), '192.0.2.1');
  assert.ok(networkOf(`${'1:'.repeat(10_000)}`).length < 50);
});

test('a flood of wrong passwords is refused, and does not lock the user out elsewhere', async () => {
  const hearth = new Hearth({ rateLimits: { ...DEFAULT_ALLOWANCES, login: undefined } });
  await Client.register(hearth, 'alice');
  assert.equal(await passed(200, logIn(hearth, HERE, 'alice', 'wrong')), 5);
  refused(await logIn(hearth, HERE, 'alice', 'the password of alice')());
  assert.equal((await logIn(hearth, ELSEWHERE, 'alice', 'the password of alice')()).status, 200);
  await hearth.sleep(20_000);
  assert.equal((await logIn(hearth, HERE, 'alice', 'the password of alice')()).status, 200);
});

test('right passwords do not count as wrong ones', async () => {
  const hearth = new Hearth({ rateLimits: { ...DEFAULT_ALLOWANCES, login: undefined } });
  await Client.register(hearth, 'alice');
  for (let n = 0; n < 12; n++)
    assert.equal((await logIn(hearth, HERE, 'alice', 'the password of alice')()).status, 200);
});

test('a user that there is not is refused in the same words and after as many', async () => {
  const hearth = new Hearth({ rateLimits: { ...DEFAULT_ALLOWANCES, login: undefined } });
  await Client.register(hearth, 'alice');
  const answers = async (user: string): Promise<unknown[]> => {
    const all: unknown[] = [];
    for (let n = 0; n < 8; n++) {
      const { status, body } = await logIn(hearth, HERE, user, 'wrong')();
      all.push([status, body]);
    }
    return all;
  };
  assert.deepEqual(await answers('nobody'), await answers('alice'));
});

test('a login hashes one password and answers the same, whoever is named and whatever the password is', async () => {
  const hearth = new Hearth({ guests: true });
  const alice = await Client.register(hearth, 'alice');
  const guest = (await alice.ok('POST', `${V3}/register?kind=guest`, {})).body['user_id'];
  const login = (identifier: object, password: string) =>
    new Client(hearth).call('POST', `${V3}/login`, { type: 'm.login.password', identifier, password });
  const user = (name: unknown) => ({ type: 'm.id.user', user: name });
  const answers = new Set<string>();
  for (const identifier of [
    user('alice'),
    user('ALICE'),
    user('nobody'),
    user(''),
    user('@nobody:elsewhere'),
    user('@alice:elsewhere'),
    user(guest),
    user('x'.repeat(1000)),
    { type: 'm.id.thirdparty', medium: 'email', address: 'alice@example.org' },
    { type: 'm.id.phone', country: 'GB', phone: '1' },
  ])
    for (const password of ['', 'wrong', 'x'.repeat(5000)]) {
      const before = hearth.hashJobs;
      const { status, body } = await login(identifier, password);
      assert.equal(hearth.hashJobs - before, 1, JSON.stringify([identifier, password]).slice(0, 100));
      answers.add(JSON.stringify([status, body]));
    }
  assert.equal(answers.size, 1);
  // The same where the password is asked for again.
  const auth = (password: string) => ({ type: 'm.login.password', identifier: user('alice'), password });
  for (const password of ['wrong', alice.password]) {
    const before = hearth.hashJobs;
    await alice.call('DELETE', `${V3}/devices/NONE`, { auth: auth(password) });
    assert.equal(hearth.hashJobs - before, 1);
  }
});

test('an account is not guessed from many networks at once', async () => {
  const hearth = new Hearth({ rateLimits: { ...DEFAULT_ALLOWANCES, login: undefined } });
  await Client.register(hearth, 'alice');
  let n = 0;
  const wrong = (): Promise<Answer> => logIn(hearth, `198.51.100.${n++ % 250}`, 'alice', 'wrong')();
  assert.equal(await passed(1000, wrong), 100);
});

test('asking for the password again is counted like a login', async () => {
  const hearth = new Hearth({ rateLimits: { ...DEFAULT_ALLOWANCES, account: undefined } });
  const alice = await Client.register(hearth, 'alice');
  const guess = (): Promise<Answer> =>
    alice.call('POST', `${V3}/delete_devices`, {
      devices: ['X'],
      auth: { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'alice' }, password: 'wrong' },
    });
  assert.equal(await passed(20, guess), 5);
});

test('with limits off nothing is counted', async () => {
  const hearth = new Hearth();
  await Client.register(hearth, 'alice');
  assert.equal(await passed(300, logIn(hearth, HERE, 'alice', 'wrong')), 300);
});

test('what is not limited says why', () => {
  for (const { operationId, rateLimit } of endpoints)
    if (typeof rateLimit !== 'string') assert.ok(rateLimit.none.length > 20, operationId);
});
