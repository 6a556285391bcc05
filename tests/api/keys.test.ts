// Keys over the front. https://spec.matrix.org/v1.19/client-server-api/#key-management-api
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Actors } from '../../src/ports/actors.ts';
import { Client } from '../black-box/client.ts';
import { deviceKeys } from '../users/keys/keys-world.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';

test('many users are asked for a few at a time, and all are answered', async () => {
  const calls: number[] = [];
  const counting = (actors: Actors): Actors => ({
    home: () => actors.home(),
    room: (id) => actors.room(id),
    servers: (name) => actors.servers(name),
    serversShard: (shard) => actors.serversShard(shard),
    shardOf: (name) => actors.shardOf(name),
    users: (group) => {
      const users = actors.users(group);
      const queryKeys: typeof users.keys.queryKeys = (by, asked) => {
        calls.push(asked.length);
        return users.keys.queryKeys(by, asked);
      };
      const keys = new Proxy(users.keys, {
        get: (target, name) => (name === 'queryKeys' ? queryKeys : (Reflect.get(target, name) as unknown)),
      });
      return new Proxy(users, {
        get: (target, name) => (name === 'keys' ? keys : (Reflect.get(target, name) as unknown)),
      });
    },
  });
  const hearth = new Hearth({ groupSize: 1000 }, counting);
  const clients: Client[] = [];
  for (let n = 0; n < 120; n++) clients.push(await Client.register(hearth, `user${n}`));
  const [last] = clients.slice(-1) as [Client];
  await last.ok('POST', `${V3}/keys/upload`, { device_keys: deviceKeys(last.userId, last.deviceId) });
  const asked = Object.fromEntries([...clients.map(({ userId }) => [userId, []]), ['@nobody:hs1', []]]);
  const { body } = await clients[0]!.ok('POST', `${V3}/keys/query`, { device_keys: asked });
  const found = body['device_keys'] as Record<string, object>;
  assert.equal(Object.keys(found).length, 120);
  assert.deepEqual(Object.keys(found[last.userId]!), [last.deviceId]);
  assert.deepEqual(calls, [50, 50, 20]);
});

test('the unused fallback keys are told with every sync, the one-time keys while there are any', async () => {
  const hearth = new Hearth();
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const told = async (since?: string) => {
    const answer = (await alice.ok('GET', `${V3}/sync${since ? `?since=${since}` : ''}`)).body;
    return {
      since: String(answer['next_batch']),
      unused: answer['device_unused_fallback_key_types'],
      counts: answer['device_one_time_keys_count'] ?? {},
    };
  };
  const claim = () =>
    bob.ok('POST', `${V3}/keys/claim`, {
      one_time_keys: { [alice.userId]: { [alice.deviceId]: 'signed_curve25519' } },
    });
  const first = await told();
  assert.deepEqual(first.unused, []);
  await alice.ok('POST', `${V3}/keys/upload`, {
    one_time_keys: { 'signed_curve25519:A': { key: 'a' }, 'curve25519:B': 'b' },
    fallback_keys: { 'signed_curve25519:F': { key: 'f', fallback: true } },
  });
  const both = await told(first.since);
  assert.deepEqual([both.unused, both.counts], [['signed_curve25519'], { curve25519: 1, signed_curve25519: 1 }]);
  await claim();
  const one = await told(both.since);
  assert.deepEqual([one.unused, one.counts], [['signed_curve25519'], { curve25519: 1 }]);
  // A poll that is open hears of the claim that used the fallback key.
  const poll = alice.sync({ since: one.since, timeout: '30000' });
  await hearth.settle();
  await claim();
  assert.deepEqual(
    ((await poll) as unknown as { device_unused_fallback_key_types: unknown }).device_unused_fallback_key_types,
    [],
  );
  await alice.ok('POST', `${V3}/keys/upload`, {
    fallback_keys: { 'signed_curve25519:G': { key: 'g', fallback: true } },
  });
  assert.deepEqual((await told(one.since)).unused, ['signed_curve25519']);
});
