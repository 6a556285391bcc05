// The limits that everybody has by default, over HTTP. https://spec.matrix.org/v1.19/client-server-api/#rate-limiting
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_ALLOWANCES } from '../../src/spec/rate-limits/allowances.ts';
import { type Answer, Client, roomPath } from './client.ts';
import { RUNTIMES, Server } from './server.ts';

const V3 = '/_matrix/client/v3';
type Name = keyof typeof DEFAULT_ALLOWANCES;

for (const runtime of RUNTIMES) {
  test(
    `${runtime}: with the defaults a flood of anything is refused, and others notice nothing`,
    { timeout: 180_000 },
    async (t) => {
      const server = await Server.start(runtime, { TEST_RATE_LIMITS: 'on' });
      t.after(() => server.stop());
      const [alice, bob] = [await Client.register(server, 'alice'), await Client.register(server, 'bob')];
      const room = await bob.createRoom({ preset: 'public_chat' });
      await alice.join(room);
      const said = encodeURIComponent(await alice.send(room, 'hello'));
      const floods: readonly (readonly [Name, (client: Client, n: number) => Promise<Answer>])[] = [
        [
          'message',
          (by, n) => by.call('PUT', `${roomPath(room)}/send/m.room.message/m${n}`, { msgtype: 'm.text', body: 'x' }),
        ],
        ['redaction', (by, n) => by.call('PUT', `${roomPath(room)}/redact/${said}/r${n}`, {})],
        ['join', (by) => by.call('POST', `${roomPath(room)}/join`, {})],
        ['invite', (by) => by.call('POST', `${roomPath(room)}/invite`, { user_id: bob.userId })],
        ['membership', (by) => by.call('POST', `${roomPath(room)}/kick`, { user_id: '@nobody:hs1' })],
        ['profile', (by) => by.call('PUT', `${V3}/profile/${by.userId}/displayname`, { displayname: 'x' })],
        ['creation', (by) => by.call('POST', `${V3}/createRoom`, {})],
        ['account', (by) => by.call('POST', `${V3}/account/deactivate`, {})],
      ];
      for (const [name, flood] of floods) {
        const burst = DEFAULT_ALLOWANCES[name]?.burst ?? 0;
        const before = performance.now();
        const answers = await Promise.all(Array.from({ length: burst * 2 + 20 }, (_, n) => flood(alice, n)));
        const seconds = (performance.now() - before) / 1000;
        const limited = answers.filter(({ status }) => status === 429);
        const passed = answers.length - limited.length;
        assert.ok(limited.length > 0, name);
        assert.ok(
          passed <= burst + Math.ceil(seconds * (DEFAULT_ALLOWANCES[name]?.perSecond ?? 0)) + 1,
          `${name}: ${passed}`,
        );
        for (const { body, header } of limited) {
          assert.equal(body.errcode, 'M_LIMIT_EXCEEDED');
          assert.equal(header('retry-after'), String(Math.ceil(Number(body['retry_after_ms']) / 1000)));
        }
        assert.notEqual((await flood(bob, 0)).status, 429, `${name}: the other one`);
        assert.ok(
          answers.every(({ status }) => status < 500),
          name,
        );
      }
      await alice.ok('GET', `${V3}/account/whoami`);
      // Without a token the network is counted, which is everybody's here; who is signed in is not held up by it.
      const strangers = new Client(server);
      for (const [path, body] of [
        [`${V3}/register`, {}],
        [`${V3}/login`, { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'nobody' }, password: 'x' }],
      ] as const) {
        const answers = await Promise.all(Array.from({ length: 60 }, () => strangers.call('POST', path, body)));
        assert.ok(
          answers.some(({ status }) => status === 429),
          path,
        );
        assert.ok(
          answers.every(({ status }) => [401, 403, 429].includes(status)),
          path,
        );
      }
      await bob.ok('GET', `${V3}/account/whoami`);
    },
  );
}
