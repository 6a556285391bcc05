// Dehydrated devices (MSC3814). https://github.com/matrix-org/matrix-spec-proposals/pull/3814
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, type Answer } from '../black-box/client.ts';
import { crossSigningKey, deviceKeys, keyPair } from '../users/keys/keys-world.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const PATH = '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device';
/** As real ones look, which are public keys: with what a path has to escape. */
const [ID, OTHER] = ['a/b+c', 'd/e+f'];

async function world(settings: ConstructorParameters<typeof Hearth>[0] = {}) {
  const hearth = new Hearth(settings);
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const room = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(room);
  return { hearth, alice, bob };
}

function upload(client: Client, deviceId = ID, more: object = {}): object {
  return {
    device_id: deviceId,
    device_data: { algorithm: 'm.dehydration.v2', device_pickle: 'pickle', nonce: 'nonce' },
    initial_device_display_name: 'Dehydrated device',
    device_keys: deviceKeys(client.userId, deviceId),
    one_time_keys: { 'signed_curve25519:A': { key: `one-time key of ${deviceId}` } },
    fallback_keys: { 'signed_curve25519:F': { key: `fallback key of ${deviceId}`, fallback: true } },
    ...more,
  };
}

let transactions = 0;
async function message(from: Client, to: Client, deviceId: string, n: number): Promise<void> {
  const messages = { [to.userId]: { [deviceId]: { n } } };
  await from.ok('PUT', `${V3}/sendToDevice/m.room.encrypted/${transactions++}`, { messages });
}

const refusal = ({ status, body }: Answer) => [status, body.errcode];
const eventsPath = (deviceId: string) => `${PATH}/${encodeURIComponent(deviceId)}/events`;
const numbers = ({ body }: Answer): number[] =>
  (body['events'] as { content: { n: number } }[]).map(({ content }) => content.n);
const devicesSeen = async (by: Client, of: Client): Promise<Record<string, { unsigned?: unknown }>> => {
  const { body } = await by.ok('POST', `${V3}/keys/query`, { device_keys: { [of.userId]: [] } });
  return (body['device_keys'] as Record<string, Record<string, object>>)[of.userId] ?? {};
};
const claim = async (by: Client, of: Client, deviceId: string): Promise<unknown> => {
  const one_time_keys = { [of.userId]: { [deviceId]: 'signed_curve25519' } };
  const { body } = await by.ok('POST', `${V3}/keys/claim`, { one_time_keys });
  return (body['one_time_keys'] as Record<string, Record<string, unknown>>)[of.userId]?.[deviceId];
};

test('who has none is told so, in the way that clients ask whether we know them', async () => {
  const { alice } = await world();
  assert.deepEqual(refusal(await alice.call('GET', PATH)), [404, 'M_NOT_FOUND']);
  assert.deepEqual(refusal(await alice.call('DELETE', PATH, {})), [404, 'M_NOT_FOUND']);
  assert.deepEqual(refusal(await alice.call('GET', eventsPath(ID))), [403, 'M_FORBIDDEN']);
});

test('a dehydrated device is kept for its user alone, seen by others as a device, and never one to sign in on', async () => {
  const { alice, bob } = await world();
  const { next_batch: since } = await bob.sync();
  assert.deepEqual((await alice.ok('PUT', PATH, upload(alice))).body, { device_id: ID });
  const kept = (await alice.ok('GET', PATH)).body;
  assert.deepEqual(kept, {
    device_id: ID,
    device_data: { algorithm: 'm.dehydration.v2', device_pickle: 'pickle', nonce: 'nonce' },
  });
  assert.deepEqual(refusal(await bob.call('GET', PATH)), [404, 'M_NOT_FOUND']);
  assert.deepEqual((await bob.sync({ since })).device_lists?.changed, [alice.userId]);
  const seen = await devicesSeen(bob, alice);
  assert.deepEqual(Object.keys(seen), [ID]);
  assert.deepEqual(seen[ID]?.unsigned, { device_display_name: 'Dehydrated device' });
  const { body } = await alice.ok('GET', `${V3}/devices`);
  assert.deepEqual(
    (body['devices'] as { device_id: string }[]).map(({ device_id }) => device_id),
    [alice.deviceId],
  );
  await assert.rejects(alice.login(ID), /403/);
});

test('its one-time keys are given out once each, then its fallback key', async () => {
  const { alice, bob } = await world();
  await alice.ok('PUT', PATH, upload(alice));
  assert.deepEqual(await claim(bob, alice, ID), { 'signed_curve25519:A': { key: `one-time key of ${ID}` } });
  // The same device sent again, as after a lost answer, brings nothing back.
  await alice.ok('PUT', PATH, upload(alice));
  const fallback = { 'signed_curve25519:F': { key: `fallback key of ${ID}`, fallback: true } };
  assert.deepEqual(await claim(bob, alice, ID), fallback);
});

test('its messages wait, are told page by page as often as asked, by either method', async () => {
  const { alice, bob } = await world();
  await alice.ok('PUT', PATH, upload(alice));
  for (let n = 0; n < 120; n++) await message(bob, alice, n % 2 ? ID : '*', n);
  const all = Array.from({ length: 120 }, (_, n) => n);
  for (let times = 0; times < 2; times++) {
    const first = await alice.ok('GET', eventsPath(ID));
    assert.deepEqual(numbers(first), all.slice(0, 100));
    const second = await alice.ok('GET', `${eventsPath(ID)}?from=${String(first.body['next_batch'])}`);
    assert.deepEqual([numbers(second), second.body['next_batch']], [all.slice(100), undefined]);
    const posted: number[] = [];
    let body: object = {};
    for (;;) {
      const answer = await alice.ok('POST', eventsPath(ID), body);
      if (numbers(answer).length === 0) break;
      posted.push(...numbers(answer));
      body = { next_batch: answer.body['next_batch'] };
    }
    assert.deepEqual(posted, all);
  }
  assert.deepEqual(
    (await alice.sync()).to_device?.events.map(({ content }) => content['n']),
    all.filter((n) => n % 2 === 0),
  );
});

test('another device replaces it whole: keys and messages are gone, others are told', async () => {
  const { alice, bob } = await world();
  await alice.ok('PUT', PATH, upload(alice));
  await message(bob, alice, ID, 1);
  const { next_batch: since } = await bob.sync();
  await alice.ok('PUT', PATH, upload(alice, OTHER));
  assert.deepEqual((await bob.sync({ since })).device_lists?.changed, [alice.userId]);
  assert.deepEqual(Object.keys(await devicesSeen(bob, alice)), [OTHER]);
  assert.equal(await claim(bob, alice, ID), undefined);
  assert.deepEqual(refusal(await alice.call('GET', eventsPath(ID))), [403, 'M_FORBIDDEN']);
  assert.deepEqual(numbers(await alice.ok('GET', eventsPath(OTHER))), []);
  await alice.ok('PUT', PATH, upload(alice, ID));
  assert.deepEqual(numbers(await alice.ok('GET', eventsPath(ID))), []);
});

test('deleting it takes its keys and messages away, and others are told', async () => {
  const { alice, bob } = await world();
  await alice.ok('PUT', PATH, upload(alice));
  await message(bob, alice, ID, 1);
  const { next_batch: since } = await bob.sync();
  assert.deepEqual((await alice.ok('DELETE', PATH, {})).body, { device_id: ID });
  assert.deepEqual((await bob.sync({ since })).device_lists?.changed, [alice.userId]);
  assert.deepEqual(refusal(await alice.call('GET', PATH)), [404, 'M_NOT_FOUND']);
  assert.deepEqual(await devicesSeen(bob, alice), {});
  assert.equal(await claim(bob, alice, ID), undefined);
  // What is sent to it now is to nobody.
  await message(bob, alice, ID, 2);
  await alice.ok('PUT', PATH, upload(alice));
  assert.deepEqual(numbers(await alice.ok('GET', eventsPath(ID))), []);
});

test('signing out everywhere leaves it, the end of the account does not', async () => {
  const { alice, bob } = await world();
  await alice.ok('PUT', PATH, upload(alice));
  const laptop = await alice.login('LAPTOP');
  await laptop.ok('POST', `${V3}/logout/all`, {});
  const again = await alice.login('AGAIN');
  assert.deepEqual((await again.ok('GET', PATH)).body['device_id'], ID);
  const auth = {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: alice.userId },
    password: alice.password,
  };
  await again.ok('POST', `${V3}/account/deactivate`, { auth });
  assert.deepEqual(await devicesSeen(bob, alice), {});
  assert.equal(await claim(bob, alice, ID), undefined);
});

test('a dehydrated device is neither a device that somebody uses nor a cross-signing key', async () => {
  const { alice } = await world();
  assert.deepEqual(refusal(await alice.call('PUT', PATH, upload(alice, alice.deviceId))), [403, 'M_FORBIDDEN']);
  const master = keyPair(alice.userId, 9);
  const masterKey = crossSigningKey(alice.userId, 'master', master);
  await alice.ok('PUT', PATH, upload(alice, master.text));
  const path = `${V3}/keys/device_signing/upload`;
  assert.deepEqual(refusal(await alice.call('POST', path, { master_key: masterKey })), [403, 'M_FORBIDDEN']);
  await alice.ok('DELETE', PATH, {});
  await alice.ok('POST', path, { master_key: masterKey });
  assert.deepEqual(refusal(await alice.call('PUT', PATH, upload(alice, master.text))), [403, 'M_FORBIDDEN']);
});

for (const [what, more, status] of [
  ['without keys', { device_keys: undefined }, 400],
  ['without data', { device_data: undefined }, 400],
  ['with the keys of another device', { device_keys: deviceKeys('@alice:hs1', 'OTHER') }, 400],
  ['with the keys of another user', { device_keys: deviceKeys('@bob:hs1', ID) }, 400],
  ['with keys that were changed after signing', { device_keys: { ...deviceKeys('@alice:hs1', ID), x: 1 } }, 400],
  ['without a name', { device_id: '' }, 400],
  ['with a name of many characters', { device_id: 'x'.repeat(300) }, 400],
  ['with one-time keys that are none', { one_time_keys: { A: 5 } }, 400],
  ['with data of many kilobytes', { device_data: { x: 'x'.repeat(70_000) } }, 413],
] as const) {
  test(`a dehydrated device ${what} is refused, and the one that there is stays`, async () => {
    const { alice } = await world();
    await alice.ok('PUT', PATH, upload(alice, OTHER));
    assert.equal((await alice.call('PUT', PATH, upload(alice, ID, more))).status, status);
    assert.equal((await alice.ok('GET', PATH)).body['device_id'], OTHER);
  });
}

test('a place among its events that is none is refused', async () => {
  const { alice } = await world();
  await alice.ok('PUT', PATH, upload(alice));
  assert.equal((await alice.call('GET', `${eventsPath(ID)}?from=x`)).status, 400);
  assert.equal((await alice.call('POST', eventsPath(ID), { next_batch: '-1' })).status, 400);
});

test('clients are told to keep one where the operator wants it', async () => {
  for (const dehydratedDevices of [true, false]) {
    const stranger = new Client(new Hearth({ publicUrl: 'https://hs1', dehydratedDevices }));
    const { body } = await stranger.ok('GET', '/.well-known/matrix/client');
    assert.equal(body['org.matrix.msc3814'], dehydratedDevices ? true : undefined);
  }
});
