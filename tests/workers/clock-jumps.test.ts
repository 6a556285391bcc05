// The wall clock of a workerd jumps, while it runs and across restarts: nothing is lost, expired or put in another order, polls
// wait as long as they are told and wake, one-time keys and sessions are those of before, and nobody is told to wait for a year.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Body, Client, roomPath, type SyncEvent } from '../black-box/client.ts';
import { eventually } from '../black-box/eventually.ts';
import { Server } from '../black-box/server.ts';

const V3 = '/_matrix/client/v3';
const DAY_MS = 86_400_000;
const JUMPS = [365 * DAY_MS, 0, -DAY_MS, 0, 8 * DAY_MS, -DAY_MS, 0];

const textsOf = (events: readonly Pick<SyncEvent, 'type' | 'content'>[]): unknown[] =>
  events.filter(({ type }) => type === 'm.room.message').map(({ content }) => content['body']);

async function jump(server: Server, ms: number): Promise<void> {
  const { status } = await server.request('POST', `/_hearth/test/clock?ms=${ms}`, new Map(), undefined);
  assert.equal(status, 200);
}

/** What must be the same whatever the clock says. */
async function kept(client: Client): Promise<unknown> {
  const devices = (await client.ok('GET', `${V3}/devices`)).body['devices'] as readonly Body[];
  const { body: backup } = await client.ok('GET', `${V3}/room_keys/version`);
  const { body: data } = await client.ok('GET', `${V3}/user/${client.userId}/account_data/test.kept`);
  const { body: rooms } = await client.ok('GET', `${V3}/joined_rooms`);
  return [devices.map((device) => device['device_id']).toSorted(), backup, data, rooms];
}

test('the wall clock jumps, while workerd runs and across restarts', { timeout: 120_000 }, async () => {
  const server = await Server.start('workers');
  after(() => server.stop());
  const [alice, bob] = [await Client.register(server, 'alice'), await Client.register(server, 'bob')];
  await alice.login('PHONE');
  const login = {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: 'alice' },
    password: alice.password,
    device_id: 'TABLET',
    refresh_token: true,
  };
  let refresh = (await new Client(server).ok('POST', `${V3}/login`, login)).body['refresh_token'];
  await alice.ok('POST', `${V3}/room_keys/version`, { algorithm: 'a', auth_data: {} });
  await alice.ok('PUT', `${V3}/user/${alice.userId}/account_data/test.kept`, { kept: true });
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(roomId);
  const key = { 'signed_curve25519:A': { key: 'A'.repeat(43), signatures: {} } };
  await bob.ok('POST', `${V3}/keys/upload`, { one_time_keys: key });
  const before = await kept(alice);
  let since = (await bob.sync()).next_batch;
  const sent: string[] = [];
  for (const restarts of [false, true])
    for (const [index, ms] of JUMPS.entries()) {
      const n = `${restarts ? 'again ' : ''}${index}`;
      if (restarts) {
        await server.kill();
        await server.launch();
      }
      await jump(server, ms);
      sent.push(`message ${n}`);
      const eventId = await alice.send(roomId, `message ${n}`, `t${n}`);
      assert.equal(await alice.send(roomId, `message ${n}`, `t${n}`), eventId, 'its repetition is known');
      const event = (await alice.ok('GET', `${roomPath(roomId)}/event/${encodeURIComponent(eventId)}`)).body;
      assert.ok(Math.abs(Number(event['origin_server_ts']) - Date.now() - ms) < 60_000, 'the clock did jump');
      await alice.ok('PUT', `${V3}/sendToDevice/test.jump/${n}`, { messages: { [bob.userId]: { '*': { n } } } });
      const got: unknown[] = [];
      const texts: unknown[] = [];
      await eventually('what was sent', async () => {
        const news = await bob.sync({ since });
        texts.push(...textsOf(news.rooms?.join?.[roomId]?.timeline?.events ?? []));
        got.push(...(news.to_device?.events ?? []).map(({ content }) => content['n']));
        assert.equal(news.device_one_time_keys_count?.['signed_curve25519'], 1);
        since = news.next_batch;
        return texts.length > 0 && got.length > 0;
      });
      assert.deepEqual([texts, got], [[`message ${n}`], [n]]);
      // A poll waits by the clock that never jumps, and is woken though the other one jumps meanwhile.
      const began = performance.now();
      await bob.sync({ since, timeout: '60' });
      assert.ok(performance.now() - began >= 50);
      const poll = bob.sync({ since, timeout: '20000' });
      await jump(server, ms + 2 * DAY_MS);
      sent.push(`wake ${n}`);
      await alice.send(roomId, `wake ${n}`, `w${n}`);
      const woken = await poll;
      assert.deepEqual(textsOf(woken.rooms?.join?.[roomId]?.timeline?.events ?? []), [`wake ${n}`]);
      since = woken.next_batch;
      assert.deepEqual(await kept(alice), before);
      const refreshed = await new Client(server).ok('POST', `${V3}/refresh`, { refresh_token: refresh });
      refresh = refreshed.body['refresh_token'];
      const tablet = new Client(server);
      tablet.token = String(refreshed.body['access_token']);
      await tablet.ok('GET', `${V3}/account/whoami`);
    }
  const { body } = await bob.ok('GET', `${roomPath(roomId)}/messages?dir=f&limit=200`);
  assert.deepEqual(textsOf(body['chunk'] as SyncEvent[]), sent);
});

test('however the clock of a workerd jumps, nobody is told to wait for a time that is over, or for a year', async () => {
  const server = await Server.start('workers', { TEST_RATE_LIMITS: 'on' });
  after(() => server.stop());
  const login = { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'nobody' }, password: 'x' };
  let refused = 0;
  for (const ms of JUMPS) {
    await jump(server, ms);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => new Client(server).call('POST', `${V3}/login`, login)),
    );
    for (const { status, body } of answers) {
      if (status !== 429) continue;
      refused++;
      const wait = Number(body['retry_after_ms']);
      assert.ok(Number.isInteger(wait) && wait > 0 && wait < DAY_MS, String(wait));
    }
  }
  assert.ok(refused > 0);
});
