// A storm of claims over a crash gives out no one-time key twice, in the order of upload, then the fallback key or nothing.
// https://spec.matrix.org/v1.19/client-server-api/#one-time-and-fallback-keys
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from './client.ts';
import { RUNTIMES, Server } from './server.ts';

const V3 = '/_matrix/client/v3';
const KEYS = 200;
const CLAIMS = 600;
const AT_ONCE = 100;

const nameOf = (n: number): string => `signed_curve25519:${String(n).padStart(4, '0')}`;

async function upload(client: Client, from: number, count: number, more: object = {}): Promise<void> {
  const names = Array.from({ length: count }, (_, n) => nameOf(from + n));
  const one_time_keys = Object.fromEntries(names.map((name) => [name, { key: `key ${name}` }]));
  await client.ok('POST', `${V3}/keys/upload`, { one_time_keys, ...more });
}

type Claimed = string | undefined;

/** The id of the key that was claimed; undefined if there was none, `lost` if there was no answer. */
async function claim(by: Client, of: Client): Promise<Claimed> {
  const one_time_keys = { [of.userId]: { [of.deviceId]: 'signed_curve25519' } };
  const answer = await by.call('POST', `${V3}/keys/claim`, { one_time_keys }).catch(() => undefined);
  if (answer?.status !== 200) return 'lost';
  const users = answer.body['one_time_keys'] as Record<string, Record<string, object>>;
  const device = users[of.userId]?.[of.deviceId];
  return device && Object.keys(device)[0];
}

for (const runtime of RUNTIMES) {
  test(`${runtime}: six hundred claims over a crash get two hundred keys at most once each`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const phone = await alice.login('PHONE');
    const [bob, carol] = [await Client.register(server, 'bob'), await Client.register(server, 'carol')];
    const fallback_keys = { 'signed_curve25519:FALLBACK': { key: 'fallback', fallback: true } };
    await upload(alice, 0, KEYS / 2, { fallback_keys });
    await upload(alice, KEYS / 2, KEYS / 2);
    await upload(phone, 0, 30);
    const given: Claimed[] = [];
    for (let n = 0; n < 5; n++) given.push(await claim(bob, alice));
    assert.equal(given.join(), [0, 1, 2, 3, 4].map(nameOf).join());
    let [begun, answered] = [0, 0];
    let crash: Promise<void> | undefined;
    const answers: Claimed[] = [];
    // A hundred at a time, so that whatever the server's speed some are under way, and some not yet sent, when it dies.
    const storm = Array.from({ length: AT_ONCE }, async () => {
      for (let n = begun++; n < CLAIMS; n = begun++) {
        const key = await claim(n % 2 ? bob : carol, n % 20 ? alice : phone);
        answers.push(n % 20 || key === 'lost' ? key : key && `phone ${key}`);
        if (++answered === 60) crash = server.kill();
      }
    });
    await Promise.all(storm);
    await crash;
    await server.launch();
    assert.ok(answers.includes('lost'), 'the crash came in the middle');
    given.push(...answers.filter((key) => key !== 'lost'));
    // What is left of the phone's comes in the order of upload, after what was given out before.
    const ofPhone = given.filter((key) => key?.startsWith('phone ')).map((key) => key!.slice('phone '.length));
    const after: string[] = [];
    for (let n = 0; n < 5; n++) {
      const key = await claim(bob, phone);
      if (key !== undefined) after.push(key);
    }
    assert.deepEqual(after, [...after].sort());
    for (const key of ofPhone) assert.ok(after.every((later) => later > key));
    // Then all that is left, and more.
    for (let n = 0; n < CLAIMS; n += 50)
      given.push(...(await Promise.all(Array.from({ length: 50 }, () => claim(carol, alice)))));
    const [once, again] = [new Set<string>(), [] as string[]];
    for (const key of given) {
      if (key === undefined || key === 'signed_curve25519:FALLBACK') continue;
      if (once.has(key)) again.push(key);
      once.add(key);
    }
    assert.deepEqual(again, []);
    assert.equal(given.at(-1), 'signed_curve25519:FALLBACK');
    const { body } = await alice.ok('GET', `${V3}/sync`);
    assert.deepEqual(body['device_unused_fallback_key_types'], []);
    assert.equal(
      (body['device_one_time_keys_count'] as Record<string, number> | undefined)?.['signed_curve25519'] ?? 0,
      0,
    );
    // An upload that is repeated brings none of them back; without a fallback key there is nothing more to have.
    await upload(alice, 0, KEYS);
    assert.equal(await claim(bob, alice), 'signed_curve25519:FALLBACK');
    for (let n = 0; n < 30; n++) await claim(bob, phone);
    assert.equal(await claim(bob, phone), undefined);
  });
}
