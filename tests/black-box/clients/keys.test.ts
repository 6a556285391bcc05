// What keeps an encrypted conversation readable, as matrix-js-sdk with its Rust crypto does it.
// https://spec.matrix.org/v1.19/client-server-api/#end-to-end-encryption
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuthDict, MatrixError, UIAuthCallback } from 'matrix-js-sdk';
import { eventually } from '../eventually.ts';
import type { Person } from '../person.ts';
import { ENCRYPTION, onEveryRuntime } from './stage.ts';

const WITH_CRYPTO = { crypto: true };
const V3 = '/_matrix/client/v3';

/** Answers the demand for the password, which has to come. Notes what was asked for. */
function passwordOf(person: Person, asked: string[]): UIAuthCallback<void> {
  return async (request) => {
    const refusal: unknown = await request(null).then(
      () => undefined,
      (error: unknown) => error,
    );
    const { httpStatus, data } = refusal as MatrixError;
    assert.equal(httpStatus, 401);
    const { session, flows } = data as { session: string; flows: { stages: string[] }[] };
    asked.push(...flows.map(({ stages }) => stages.join()));
    const { userId, password } = person.account;
    const identifier = { type: 'm.id.user', user: userId };
    await request({ type: 'm.login.password', identifier, password, session } as AuthDict);
  };
}

onEveryRuntime((stage) => {
  test('a backup of many sessions is restored whole by a client that comes later', async () => {
    const alice = await stage().enter('alice', WITH_CRYPTO);
    const bob = await stage().enter('bob', WITH_CRYPTO);
    await alice.setUpSecurity();
    // A new session for every message.
    const encryption = { ...ENCRYPTION, content: { ...ENCRYPTION.content, rotation_period_msgs: 1 } };
    const roomId = await stage().room(alice, [bob], { initial_state: [encryption] });
    const said = Array.from({ length: 30 }, (_, n) => `message ${n}`);
    for (const [n, text] of said.entries()) {
      const [speaker, hearer] = n % 2 ? [alice, bob] : [bob, alice];
      await speaker.sdk.sendTextMessage(roomId, text);
      await eventually(`the other reads "${text}"`, () => hearer.readable(roomId).includes(text));
    }
    await eventually('all sessions are in the backup', async () => {
      const { body } = await alice.account.ok('GET', `${V3}/room_keys/version`);
      return Number(body['count']) >= said.length;
    });
    const later = await stage().again(alice, WITH_CRYPTO, alice.recoveryKey);
    assert.ok((await later.restoreBackup()) >= said.length);
    assert.deepEqual(await later.readEverything(roomId), said);
  });

  test('who has no one-time keys left is written to by the fallback key', async () => {
    const bob = await stage().enter('bob', WITH_CRYPTO);
    const writers = [await stage().enter('alice', WITH_CRYPTO), await stage().enter('carol', WITH_CRYPTO)];
    const rooms: string[] = [];
    for (const writer of writers) rooms.push(await stage().room(writer, [bob], { initial_state: [ENCRYPTION] }));
    await eventually('bob’s fallback key is there', async () => {
      const unused = Reflect.get(await bob.account.sync(), 'device_unused_fallback_key_types') as string[] | undefined;
      return unused?.includes('signed_curve25519');
    });
    const back = bob.pause();
    const [thief] = await stage().crowd('thief', 1);
    const seen = new Set<string>();
    for (let fallback = false; !fallback;) {
      const wanted = { one_time_keys: { [bob.userId]: { [bob.account.deviceId]: 'signed_curve25519' } } };
      const { body } = await thief!.ok('POST', `${V3}/keys/claim`, wanted);
      const keys = body['one_time_keys'] as Record<string, Record<string, Record<string, { fallback?: boolean }>>>;
      const [[id, key]] = Object.entries(keys[bob.userId]![bob.account.deviceId]!) as [
        [string, { fallback?: boolean }],
      ];
      fallback = key.fallback === true;
      assert.ok(fallback || !seen.has(id), 'no one-time key is handed out twice');
      seen.add(id);
      assert.ok(seen.size < 200, 'the one-time keys come to an end');
    }
    for (const [n, writer] of writers.entries()) await writer.sdk.sendTextMessage(rooms[n]!, `from writer ${n}`);
    back();
    for (const [n, roomId] of rooms.entries())
      await eventually(`bob reads writer ${n}`, () => bob.readable(roomId).includes(`from writer ${n}`));
    await eventually('bob has made new keys', async () => {
      const counts = (await bob.account.sync()).device_one_time_keys_count;
      return (counts?.['signed_curve25519'] ?? 0) > 0;
    });
  });

  test('a new identity needs the password, is seen by others, and has a backup of its own', async () => {
    const alice = await stage().enter('alice', WITH_CRYPTO);
    const bob = await stage().enter('bob', WITH_CRYPTO);
    await alice.setUpSecurity();
    const roomId = await stage().room(alice, [bob], { initial_state: [ENCRYPTION] });
    await alice.sdk.sendTextMessage(roomId, 'before');
    await eventually('bob reads it', () => bob.readable(roomId).includes('before'));
    const crypto = bob.sdk.getCrypto()!;
    const trust = () => crypto.getUserVerificationStatus(alice.userId);
    assert.equal((await trust()).needsUserApproval, false);
    const backup = await eventually('a backup', () => alice.sdk.getCrypto()!.getActiveSessionBackupVersion());

    const asked: string[] = [];
    await alice.sdk.getCrypto()!.resetEncryption(passwordOf(alice, asked));
    assert.deepEqual(asked, ['m.login.password']);
    await eventually('bob is warned of the new identity', async () => (await trust()).needsUserApproval);
    await crypto.pinCurrentUserIdentity(alice.userId);
    assert.equal((await trust()).needsUserApproval, false);
    assert.notEqual(await alice.sdk.getCrypto()!.getActiveSessionBackupVersion(), backup);
    await alice.sdk.sendTextMessage(roomId, 'after');
    await eventually('bob reads on', () => bob.readable(roomId).includes('after'));
  });
});
