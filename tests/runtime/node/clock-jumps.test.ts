// The wall clock jumps, while the server runs and across restarts: it is a stamp, and nothing is ordered, lost or waited for by it.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Clock } from '../../../src/ports/clock.ts';
import { house } from '../../../src/runtime/node/house.ts';
import type { Homeserver } from '../../../src/runtime/node/homeserver.ts';
import { systemClock } from '../../../src/runtime/node/system.ts';
import { Client, roomPath, type SyncEvent } from '../../black-box/client.ts';
import { Asked } from './asked.ts';
import { openHomeserver, temporaryDirectory } from './opened.ts';

const DAY_MS = 86_400_000;
const JUMPS = [365 * DAY_MS, 0, -DAY_MS, 0, 8 * DAY_MS, -DAY_MS, 0];

const skew = { ms: 0 };
const clock: Clock = { ...systemClock, now: () => systemClock.now() + skew.ms };

function open(t: TestContext, directory: string, limits: 'on' | 'off'): Homeserver {
  const flags = ['--registration', 'open', '--rate-limits', limits, '--password-cost', '16'];
  return openHomeserver(t, { house, directory, flags, clock, copyCalls: false });
}

const textsOf = (events: readonly Pick<SyncEvent, 'type' | 'content'>[]): unknown[] =>
  events.filter(({ type }) => type === 'm.room.message').map(({ content }) => content['body']);

for (const restarts of [false, true]) {
  test(`the clock jumps ${restarts ? 'across restarts' : 'while the server runs'}: order, sessions, keys and waiting stay`, async (t) => {
    skew.ms = 0;
    const directory = temporaryDirectory(t);
    let homeserver = open(t, directory, 'off');
    let ask = new Asked(homeserver);
    const transport: Asked['request'] = (...args) => ask.request(...args);
    const server = { url: '', request: transport, sleep: (ms: number) => ask.sleep(ms) };
    const [alice, bob] = [await Client.register(server, 'alice'), await Client.register(server, 'bob')];
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    await bob.join(roomId);
    const key = { 'signed_curve25519:A': { key: 'A'.repeat(43), signatures: {} } };
    await bob.ok('POST', '/_matrix/client/v3/keys/upload', { one_time_keys: key });
    let since = (await bob.sync()).next_batch;
    const sent: string[] = [];
    for (const [n, ms] of JUMPS.entries()) {
      skew.ms = ms;
      if (restarts) {
        await homeserver.close();
        homeserver = open(t, directory, 'off');
        ask = new Asked(homeserver);
      }
      sent.push(`message ${n}`);
      const eventId = await alice.send(roomId, `message ${n}`, `t${n}`);
      assert.equal(await alice.send(roomId, `message ${n}`, `t${n}`), eventId, 'its repetition is known');
      const messages = { [bob.userId]: { '*': { n } } };
      await alice.ok('PUT', `/_matrix/client/v3/sendToDevice/test.jump/${n}`, { messages });
      const news = await bob.sync({ since });
      assert.deepEqual(textsOf(news.rooms?.join?.[roomId]?.timeline?.events ?? []), [`message ${n}`]);
      assert.deepEqual(
        news.to_device?.events.map(({ content }) => content['n']),
        [n],
      );
      assert.equal(news.device_one_time_keys_count?.['signed_curve25519'], 1);
      since = news.next_batch;
      // A poll waits by the clock that never jumps: as long as it was told, and it is woken.
      const began = performance.now();
      await bob.sync({ since, timeout: '60' });
      assert.ok(performance.now() - began >= 50);
      const poll = bob.sync({ since, timeout: '20000' });
      skew.ms += 2 * DAY_MS;
      sent.push(`wake ${n}`);
      await alice.send(roomId, `wake ${n}`, `w${n}`);
      const woken = await poll;
      assert.deepEqual(textsOf(woken.rooms?.join?.[roomId]?.timeline?.events ?? []), [`wake ${n}`]);
      since = woken.next_batch;
    }
    const { body } = await bob.ok('GET', `${roomPath(roomId)}/messages?dir=f&limit=100`);
    assert.deepEqual(textsOf(body['chunk'] as SyncEvent[]), sent);
    for (const client of [alice, bob])
      assert.equal((await client.ok('GET', '/_matrix/client/v3/account/whoami')).body['device_id'], client.deviceId);
  });
}

test('however the clock jumps, nobody is told to wait for a time that is over, or for a year', async (t) => {
  skew.ms = 0;
  const ask = new Asked(open(t, temporaryDirectory(t), 'on'));
  const login = { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'nobody' }, password: 'x' };
  let refused = 0;
  for (const ms of JUMPS) {
    skew.ms = ms;
    for (let n = 0; n < 30; n++) {
      const answer = await ask.request('POST', '/_matrix/client/v3/login', new Map(), JSON.stringify(login));
      if (answer.status !== 429) continue;
      refused++;
      const wait = (JSON.parse(answer.text) as { retry_after_ms: number }).retry_after_ms;
      assert.ok(Number.isInteger(wait) && wait > 0 && wait < DAY_MS, String(wait));
    }
  }
  assert.ok(refused > 0);
});
