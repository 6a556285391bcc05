// What holds for every request. https://spec.matrix.org/v1.19/client-server-api/#api-standards
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Actors } from '../../src/ports/actors.ts';
import { type Answer, Client } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected);
};

/** A client that has a token, which need not be a good one. */
function holding(hearth: Hearth, token: string): Client {
  const client = new Client(hearth);
  client.token = token;
  return client;
}

test('every answer, refusals and failures too, may be read by a page from anywhere', async () => {
  const broken = (actors: Actors): Actors => ({
    ...actors,
    home: actors.home,
    users: (group) =>
      new Proxy(actors.users(group), {
        get: (users, name) => {
          if (name === 'stream') throw new Error('broken');
          return Reflect.get(users, name);
        },
      }),
  });
  const hearth = new Hearth({}, broken);
  const alice = await Client.register(hearth, 'alice');
  const answers: readonly [number, Answer][] = [
    [200, await alice.call('GET', '/_matrix/client/versions')],
    [404, await alice.call('GET', '/nothing')],
    [405, await alice.call('PATCH', `${V3}/sync`)],
    [401, await new Client(hearth).call('GET', `${V3}/sync`)],
    [400, await alice.call('GET', `${V3}/devices/%ff`)],
    [500, await alice.call('GET', `${V3}/joined_rooms`)],
    [404, await alice.call('GET', '/.well-known/matrix/client')],
    [401, await new Client(hearth).call('POST', `${V3}/register`, {})],
  ];
  for (const [status, answer] of answers) {
    assert.equal(answer.status, status);
    assert.equal(answer.header('access-control-allow-origin'), '*');
    assert.match(answer.header('access-control-allow-methods') ?? '', /PUT/);
    assert.match(answer.header('access-control-allow-headers') ?? '', /Authorization/);
    assert.equal(answer.header('content-type'), 'application/json');
  }
  assert.equal(hearth.errors.length, 1);
});

test('a preflight needs no token and does nothing', async () => {
  const hearth = new Hearth();
  const answer = await new Client(hearth).call('OPTIONS', `${V3}/logout`);
  assert.equal(answer.status, 204);
  assert.equal(answer.header('access-control-allow-origin'), '*');
});

test('an unknown path is 404, a wrong method 405 that says which are right', async () => {
  const client = new Client(new Hearth());
  refused(await client.call('GET', `${V3}/nothing`), 404, 'M_UNRECOGNIZED');
  const wrong = await client.call('PUT', `${V3}/login`, {});
  refused(wrong, 405, 'M_UNRECOGNIZED');
  assert.deepEqual(new Set((wrong.header('allow') ?? '').split(', ')), new Set(['GET', 'HEAD', 'POST', 'OPTIONS']));
});

test('no token, and one that is of no session', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  refused(await new Client(hearth).call('GET', `${V3}/account/whoami`), 401, 'M_MISSING_TOKEN');
  const otherGroup = alice.token.replace(/_1_/, '_7_');
  for (const token of ['garbage', '', 'h_1_', `${alice.token}x`, otherGroup, 'x'.repeat(5000)]) {
    refused(
      await holding(hearth, token).call('GET', `${V3}/account/whoami`),
      401,
      token === '' ? 'M_MISSING_TOKEN' : 'M_UNKNOWN_TOKEN',
    );
  }
  assert.equal((await alice.call('GET', `${V3}/account/whoami`)).status, 200);
});

test('a token may stand in the query', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const answer = await new Client(hearth).call(
    'GET',
    `${V3}/account/whoami?access_token=${encodeURIComponent(alice.token)}`,
  );
  assert.equal(answer.body['user_id'], '@alice:hs1');
});

test('the scheme of a token is told in any case', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  for (const scheme of ['bearer', 'BEARER', 'Bearer']) {
    const headers = new Map([['authorization', `${scheme} ${alice.token}`]]);
    assert.equal((await hearth.request('GET', `${V3}/account/whoami`, headers, undefined)).status, 200);
  }
  for (const value of [`Basic ${alice.token}`, alice.token, `Bearer ${alice.token}, Bearer ${alice.token}`]) {
    const headers = new Map([['authorization', value]]);
    assert.equal((await hearth.request('GET', `${V3}/account/whoami`, headers, undefined)).status, 401);
  }
});

test('HEAD is answered as GET, and takes no other operation for it', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  assert.equal((await alice.call('HEAD', `${V3}/account/whoami`)).status, 200);
  refused(await alice.call('HEAD', `${V3}/createRoom`), 405, 'M_UNRECOGNIZED');
});

test('a body where none belongs is left alone', async () => {
  const alice = await Client.register(new Hearth(), 'alice');
  assert.equal((await alice.call('GET', `${V3}/account/whoami`, '{')).status, 200);
});

test('a packed body is refused, whatever it unpacks to', async () => {
  const hearth = new Hearth();
  for (const [coding, status] of [
    ['gzip', 415],
    ['GZIP', 415],
    ['br, identity', 415],
    ['identity', 400],
  ] as const) {
    const headers = new Map([['content-encoding', coding]]);
    assert.equal((await hearth.request('POST', `${V3}/login`, headers, 'x')).status, status);
  }
});

test('a query that contradicts itself is refused', async () => {
  const alice = await Client.register(new Hearth(), 'alice');
  refused(await alice.call('GET', `${V3}/sync?timeout=0&timeout=1`), 400, 'M_INVALID_PARAM');
  refused(await alice.call('GET', `${V3}/sync?${'a=1&'.repeat(2000)}`), 400, 'M_INVALID_PARAM');
  assert.equal((await alice.call('GET', `${V3}/sync?timeout=0&timeout=0`)).status, 200);
});

test('who asks is settled before what they sent is read', async () => {
  refused(await holding(new Hearth(), 'garbage').call('POST', `${V3}/createRoom`, '{'), 401, 'M_UNKNOWN_TOKEN');
});

test('a token names a group that there is not: it is asked for once a second, and nobody else is refused for it', async () => {
  let asked = 0;
  const counting = (actors: Actors): Actors => ({
    ...actors,
    home: () => {
      const home = actors.home();
      return new Proxy(home, {
        get: (_, name: keyof typeof home) => {
          if (name === 'groups') asked++;
          return Reflect.get(home, name);
        },
      });
    },
  });
  const hearth = new Hearth({}, counting);
  const alice = await Client.register(hearth, 'alice');
  const stranger = holding(hearth, alice.token.replace('1', '999'));
  await hearth.sleep(2000);
  refused(await stranger.call('GET', `${V3}/sync`), 401, 'M_UNKNOWN_TOKEN');
  // Another front has opened a group meanwhile: made behind this front's back.
  const home = hearth.actors.home();
  for (const name of ['x', 'y']) {
    const group = await home.openGroup();
    await home.claimLocalpart(name, group);
    await hearth.actors
      .users(group)
      .accounts.createAccount({ userId: `@${name}:hs1`, passwordHash: undefined, admin: false });
    await home.confirmLocalpart(name, undefined);
  }
  const group = await home.groupOf('@y:hs1');
  const { accessToken } = await hearth.actors.users(group ?? 0).accounts.openSession({
    userId: '@y:hs1',
    deviceId: undefined,
    initialDeviceDisplayName: undefined,
    refreshable: false,
    proof: { kind: 'new-account' },
  });
  const before = asked;
  const answers = Promise.all([
    stranger.call('GET', `${V3}/sync`),
    holding(hearth, accessToken).call('GET', `${V3}/account/whoami`),
  ]);
  await hearth.sleep(1500);
  assert.deepEqual(
    (await answers).map(({ status }) => status),
    [401, 200],
  );
  assert.equal(asked - before, 1);
});

test('what is not JSON, JSON of another shape, and JSON that lacks something are told apart', async () => {
  const client = new Client(new Hearth());
  for (const body of ['', '{', '{"a":1,}', 'nonsense', new Uint8Array([0xff, 0xfe])])
    refused(await client.call('POST', `${V3}/login`, body), 400, 'M_NOT_JSON');
  for (const body of ['[]', '1', 'null', '{"type":1}', '{"type":"m.login.password","type":"x"}'])
    refused(await client.call('POST', `${V3}/login`, body), 400, 'M_BAD_JSON');
  refused(await client.call('POST', `${V3}/login`, '{}'), 400, 'M_MISSING_PARAM');
  refused(
    await client.call('POST', `${V3}/login`, { type: 'm.login.password', password: 'x' }),
    400,
    'M_MISSING_PARAM',
  );
});

test('a body that is too long is refused as such', async () => {
  const alice = await Client.register(new Hearth(), 'alice');
  refused(await alice.call('POST', `${V3}/createRoom`, { topic: 'x'.repeat(1_100_000) }), 413, 'M_TOO_LARGE');
  refused(
    await new Client(alice.server).call('POST', `${V3}/register`, { rubbish: 'x'.repeat(100_000) }),
    413,
    'M_TOO_LARGE',
  );
});

test('a path that names another user is refused', async () => {
  const hearth = new Hearth();
  const [alice] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const roomId = await alice.createRoom();
  for (const [method, path, body] of [
    ['GET', `${V3}/user/@bob:hs1/account_data/m.x`, undefined],
    ['PUT', `${V3}/user/@bob:hs1/account_data/m.x`, {}],
    ['POST', `${V3}/user/@bob:hs1/filter`, {}],
    ['GET', `${V3}/user/@bob:hs1/filter/1`, undefined],
    ['GET', `${V3}/user/@bob:hs1/rooms/${roomId}/account_data/m.x`, undefined],
    ['PUT', `${V3}/user/@bob:hs1/rooms/${roomId}/account_data/m.x`, {}],
    ['PUT', `${V3}/profile/@bob:hs1/displayname`, { displayname: 'x' }],
    ['DELETE', `${V3}/profile/@bob:hs1/displayname`, undefined],
    ['PUT', `${V3}/rooms/${roomId}/typing/@bob:hs1`, { typing: true }],
  ] as const)
    refused(await alice.call(method, path, body), 403, 'M_FORBIDDEN');
});
