// Key backups. https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MatrixError } from '../../../src/spec/errors.ts';
import { ALICE, BOB, KeysWorld } from './keys-world.ts';

const alice = KeysWorld.by(ALICE, 'PHONE');
const key = (first: number, forwarded = 0, verified = false, mark = '') => ({
  roomId: '!r:hs1',
  sessionId: 's',
  data: { first_message_index: first, forwarded_count: forwarded, is_verified: verified, session_data: { mark } },
});
const refused =
  (status: number, errcode: string) =>
  (error: unknown): boolean =>
    error instanceof MatrixError && error.status === status && error.errcode === errcode;

async function backedUp() {
  const { backups } = new KeysWorld();
  const { version } = await backups.createBackup(alice, 'a', { public_key: 'p' });
  return { backups, version };
}

test('a backup is found by its version and as the latest, by its owner alone', async () => {
  const { backups, version } = await backedUp();
  assert.deepEqual(await backups.backup(alice, undefined), await backups.backup(alice, version));
  await assert.rejects(backups.backup(KeysWorld.by(BOB, 'TABLET'), version), refused(404, 'M_NOT_FOUND'));
});

test('versions grow and are never used again', async () => {
  const { backups, version } = await backedUp();
  await backups.deleteBackup(alice, version);
  await backups.deleteBackup(alice, version);
  await assert.rejects(backups.backup(alice, undefined), refused(404, 'M_NOT_FOUND'));
  const next = await backups.createBackup(alice, 'a', {});
  assert.ok(Number(next.version) > Number(version));
});

test('keys go to the current version only', async () => {
  const { backups, version } = await backedUp();
  const { version: next } = await backups.createBackup(alice, 'a', {});
  await assert.rejects(
    backups.putBackupKeys(alice, version, [key(0)]),
    (error) =>
      refused(403, 'M_WRONG_ROOM_KEYS_VERSION')(error) && (error as MatrixError).extra['current_version'] === next,
  );
  await assert.rejects(backups.putBackupKeys(alice, '77', [key(0)]), refused(404, 'M_NOT_FOUND'));
});

test('count and etag move with every change and stay with none', async () => {
  const { backups, version } = await backedUp();
  const first = await backups.putBackupKeys(alice, version, [key(5)]);
  assert.equal(first.count, 1);
  assert.deepEqual(await backups.putBackupKeys(alice, version, [key(5)]), first);
  const better = await backups.putBackupKeys(alice, version, [key(4)]);
  assert.equal(better.count, 1);
  assert.notEqual(better.etag, first.etag);
  const deleted = await backups.deleteBackupKeys(alice, version, '!r:hs1', undefined);
  assert.equal(deleted.count, 0);
  assert.notEqual(deleted.etag, better.etag);
});

for (const [what, stored, given, wins] of [
  ['a verified key over an unverified one', key(0), key(9, 9, true, 'new'), true],
  ['no unverified key over a verified one', key(9, 9, true), key(0, 0, false, 'new'), false],
  ['a key from an earlier message', key(5), key(4, 9, false, 'new'), true],
  ['no key from a later message', key(5), key(6, 0, false, 'new'), false],
  ['a key that was forwarded less often', key(5, 2), key(5, 1, false, 'new'), true],
  ['the stored key on a tie', key(5, 2), key(5, 2, false, 'new'), false],
] as const) {
  test(`the backup keeps ${what}`, async () => {
    const { backups, version } = await backedUp();
    await backups.putBackupKeys(alice, version, [stored]);
    await backups.putBackupKeys(alice, version, [given]);
    const asked = { roomId: '!r:hs1', sessionId: 's', after: undefined };
    const { keys } = await backups.backupKeys(alice, version, asked);
    const kept = JSON.parse(keys[0]!.data) as { session_data: { mark: string } };
    assert.equal(kept.session_data.mark === 'new', wins);
  });
}

test('the algorithm of a backup cannot change, its auth data can', async () => {
  const { backups, version } = await backedUp();
  await assert.rejects(backups.updateBackup(alice, version, 'b', {}), refused(400, 'M_INVALID_PARAM'));
  await backups.updateBackup(alice, version, 'a', { public_key: 'q' });
  assert.deepEqual((await backups.backup(alice, version)).authData, { public_key: 'q' });
});

test('a page of large keys holds few of them, and the next one goes on after it', async () => {
  const { backups, version } = await backedUp();
  const given = Array.from({ length: 30 }, (_, n) => ({ ...key(0, 0, true, 'x'.repeat(50_000)), sessionId: `s${n}` }));
  await backups.putBackupKeys(alice, version, given);
  const told: string[] = [];
  let [more, pages] = [true, 0];
  let after: { roomId: string; sessionId: string } | undefined;
  while (more) {
    const page = await backups.backupKeys(alice, version, { roomId: undefined, sessionId: undefined, after });
    assert.ok(page.keys.reduce((sum, { data }) => sum + data.length, 0) < 600_000);
    told.push(...page.keys.map(({ sessionId }) => sessionId));
    ({ more } = page);
    after = page.keys.at(-1);
    pages++;
  }
  assert.deepEqual(told, given.map(({ sessionId }) => sessionId).sort());
  assert.ok(pages > 2);
});

test('a key that is too large is refused, and none of its call is stored', async () => {
  const { backups, version } = await backedUp();
  const large = { ...key(0, 0, true, 'x'.repeat(70_000)), sessionId: 'large' };
  await assert.rejects(backups.putBackupKeys(alice, version, [key(0), large]), refused(413, 'M_TOO_LARGE'));
  assert.equal((await backups.backup(alice, version)).count, 0);
});
