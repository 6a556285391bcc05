// Keys are their owner's: what others, forged signatures or a stolen token may not do with them.
// https://spec.matrix.org/v1.19/client-server-api/#key-management-api
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crossSigningKey, deviceKeys, identity, keyPair } from '../users/keys/keys-world.ts';
import { Client, type Body } from './client.ts';
import { RUNTIMES, Server } from './server.ts';

const V3 = '/_matrix/client/v3';
const SIGNING = `${V3}/keys/device_signing/upload`;

const keysOf = async (by: Client, of: Client): Promise<Body> =>
  (await by.ok('POST', `${V3}/keys/query`, { device_keys: { [of.userId]: [] } })).body;
const bodyOf = ({ upload }: ReturnType<typeof identity>) => ({
  master_key: upload.masterKey,
  self_signing_key: upload.selfSigningKey,
  user_signing_key: upload.userSigningKey,
});
const password = (client: Client, text = client.password) => ({
  type: 'm.login.password',
  identifier: { type: 'm.id.user', user: client.userId },
  password: text,
});

for (const runtime of RUNTIMES) {
  test(`${runtime}: device keys that are not the device's own, not whole or wrongly signed are not stored`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const bob = await Client.register(server, 'bob');
    const good = deviceKeys(alice.userId, alice.deviceId);
    const uploads: [what: string, status: number[], upload: unknown][] = [
      ['of another user', [400, 403], { device_keys: deviceKeys(bob.userId, alice.deviceId) }],
      ['of another device', [400, 403], { device_keys: deviceKeys(alice.userId, bob.deviceId) }],
      ['changed after signing', [400], { device_keys: { ...good, algorithms: ['m.none'] } }],
      [
        'signed by another key',
        [400],
        {
          device_keys: {
            ...good,
            signatures: deviceKeys(alice.userId, alice.deviceId, keyPair(alice.userId, 99, alice.deviceId))[
              'signatures'
            ],
          },
        },
      ],
      ['null', [400], { device_keys: null }],
      ['a list', [400], { device_keys: [] }],
      ['text', [400], { device_keys: 'x' }],
      ['algorithms that are an object', [400], { device_keys: { ...good, algorithms: {} } }],
      ['keys that are a list', [400], { device_keys: { ...good, keys: [] } }],
      ['ten megabytes', [413], { device_keys: { ...good, more: 'x'.repeat(10_000_000) } }],
      ['good keys beside a bad one-time key', [400], { device_keys: good, one_time_keys: { x: 1 } }],
    ];
    for (const [what, statuses, upload] of uploads) {
      // Of a body that is far too large the server may not read enough to be heard.
      const answer = await alice.call('POST', `${V3}/keys/upload`, upload).catch(() => undefined);
      const status = answer?.status ?? 413;
      assert.ok(statuses.includes(status), `${what}: ${status}`);
    }
    for (const client of [alice, bob])
      assert.deepEqual((await keysOf(bob, client))['device_keys'], { [client.userId]: {} });
    await alice.ok('POST', `${V3}/keys/upload`, { device_keys: good });
    const seen = (await keysOf(bob, alice))['device_keys'] as Record<string, Record<string, object>>;
    assert.deepEqual(Object.keys(seen[alice.userId]!), [alice.deviceId]);
  });

  test(`${runtime}: an identity is uploaded once freely, and replaced with the password alone`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const bob = await Client.register(server, 'bob');
    await bob.join(await alice.createRoom({ preset: 'public_chat' }));
    const [first, second] = [identity(alice.userId, 10), identity(alice.userId, 20)];
    const masterSeen = async () => ((await keysOf(bob, alice))['master_keys'] as Body)[alice.userId];
    for (const [what, statuses, errcodes, body] of [
      [
        'not signed by the master key',
        [400],
        ['M_INVALID_SIGNATURE'],
        {
          ...bodyOf(first),
          self_signing_key: crossSigningKey(alice.userId, 'self_signing', first.selfSigning),
        },
      ],
      ['of another user', [400, 403], ['M_INVALID_PARAM', 'M_FORBIDDEN'], bodyOf(identity(bob.userId, 10))],
      ['without a master key', [400], ['M_MISSING_PARAM'], { self_signing_key: first.upload.selfSigningKey }],
    ] as const) {
      const answer = await alice.call('POST', SIGNING, body);
      assert.ok((statuses as readonly number[]).includes(answer.status), `${what}: ${answer.status}`);
      assert.ok(
        (errcodes as readonly (string | undefined)[]).includes(answer.body.errcode),
        `${what}: ${answer.body.errcode}`,
      );
    }
    assert.equal(await masterSeen(), undefined);
    await alice.ok('POST', SIGNING, bodyOf(first));
    await alice.ok('POST', SIGNING, bodyOf(first));
    const { next_batch: since } = await bob.sync();
    // Who has the token alone cannot replace the identity, nor a part of it, however often they ask.
    const thief = new Client(server);
    thief.token = alice.token;
    const part = { self_signing_key: crossSigningKey(alice.userId, 'self_signing', second.selfSigning, first.master) };
    for (const body of [bodyOf(second), part]) {
      const asked = await thief.call('POST', SIGNING, body);
      assert.equal(asked.status, 401);
      const { session, flows } = asked.body as { session?: string; flows?: { stages: string[] }[] };
      assert.deepEqual(flows, [{ stages: ['m.login.password'] }]);
      const auth = { ...password(alice, 'a guess'), session };
      assert.equal((await thief.call('POST', SIGNING, { ...body, auth })).status, 401);
      assert.equal((await thief.call('POST', SIGNING, { ...body, auth: { session } })).status, 401);
    }
    // A proof for something else is none for this.
    const elsewhere = await thief.call('POST', `${V3}/account/deactivate`, {});
    const auth = { type: 'm.login.password', session: elsewhere.body['session'] };
    assert.equal((await thief.call('POST', SIGNING, { ...bodyOf(second), auth })).status, 401);
    assert.deepEqual(await masterSeen(), first.upload.masterKey);
    assert.deepEqual((await bob.sync({ since })).device_lists?.changed ?? [], []);
    // A key named like a device of the user's.
    const named = identity(alice.userId, 30);
    await alice.login(named.master.text);
    const clash = await alice.call('POST', SIGNING, { ...bodyOf(named), auth: password(alice) });
    assert.deepEqual([clash.status, clash.body.errcode], [403, 'M_FORBIDDEN']);
    await assert.rejects(alice.login(first.selfSigning.text), /M_FORBIDDEN/);
    // The user can.
    await alice.ok('POST', SIGNING, { ...bodyOf(second), auth: password(alice) });
    await server.kill();
    await server.launch();
    assert.deepEqual(await masterSeen(), second.upload.masterKey);
    assert.deepEqual((await bob.sync({ since })).device_lists?.changed, [alice.userId]);
  });

  test(`${runtime}: who shares a room is told of every change of devices, over a crash, and nobody else is`, async (t) => {
    // Each of them lives in a group of their own.
    const server = await Server.start(runtime, { HEARTH_GROUP_SIZE: '1' });
    t.after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const [bob, carol] = [await Client.register(server, 'bob'), await Client.register(server, 'carol')];
    const room = await bob.createRoom({ preset: 'public_chat' });
    const path = `${V3}/rooms/${encodeURIComponent(room)}`;
    for (let n = 0; n < 20; n++) await bob.send(room, `before ${n}`);
    const since = new Map<Client, string>();
    /** What a client is told until something is; nothing if nothing is. */
    const told = async (client: Client, awaited = true): Promise<[changed: string[], left: string[]]> => {
      for (let tries = 0; ; tries++) {
        const from = since.get(client);
        const timeout = awaited ? '5000' : '0';
        const answer = await client.sync(from === undefined ? {} : { since: from, timeout });
        since.set(client, answer.next_batch);
        const { changed = [], left = [] } = answer.device_lists ?? {};
        if (changed.length + left.length > 0 || !awaited || tries > 20) return [[...changed].sort(), [...left].sort()];
      }
    };
    for (const client of [alice, bob, carol]) await told(client, false);
    await alice.join(room);
    assert.deepEqual(await told(alice), [[bob.userId], []]);
    assert.deepEqual(await told(bob), [[alice.userId], []]);
    const phone = await alice.login('PHONE');
    await phone.ok('POST', `${V3}/keys/upload`, { device_keys: deviceKeys(alice.userId, 'PHONE') });
    assert.deepEqual(await told(bob), [[alice.userId], []]);
    await server.kill();
    await server.launch();
    await phone.ok('PUT', `${V3}/devices/PHONE`, { display_name: 'new name' });
    assert.deepEqual(await told(bob), [[alice.userId], []]);
    const seen = (await keysOf(bob, alice))['device_keys'] as Record<string, Record<string, Body>>;
    assert.deepEqual(seen[alice.userId]?.['PHONE']?.['unsigned'], { device_display_name: 'new name' });
    await phone.ok('POST', `${V3}/logout`, {});
    assert.deepEqual(await told(bob), [[alice.userId], []]);
    assert.deepEqual((await keysOf(bob, alice))['device_keys'], { [alice.userId]: {} });
    await told(alice, false);
    await alice.ok('POST', `${path}/leave`, {});
    assert.deepEqual(await told(bob), [[], [alice.userId]]);
    assert.deepEqual(await told(alice), [[], [bob.userId]]);
    // While they share nothing, nothing is told.
    await alice.ok('POST', `${V3}/keys/upload`, { device_keys: deviceKeys(alice.userId, alice.deviceId) });
    assert.deepEqual(await told(bob, false), [[], []]);
    await alice.join(room);
    assert.deepEqual(await told(bob), [[alice.userId], []]);
    assert.deepEqual(await told(carol, false), [[], []]);
  });
}
