// One-time and fallback keys. https://spec.matrix.org/v1.19/client-server-api/#one-time-and-fallback-keys
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MatrixError } from '../../../src/spec/errors.ts';
import { ALICE, KeysWorld } from './keys-world.ts';

const phone = KeysWorld.by(ALICE, 'PHONE');
const ask = { userId: ALICE, deviceId: 'PHONE', algorithm: 'signed_curve25519' };
const oneTimeKeys = (...ids: string[]) =>
  Object.fromEntries(ids.map((id) => [`signed_curve25519:${id}`, { key: `key ${id}` }]));

test('each key is given out once, in the order of upload', async () => {
  const { keys } = new KeysWorld();
  await keys.uploadKeys(phone, { oneTimeKeys: oneTimeKeys('C', 'A') });
  await keys.uploadKeys(phone, { oneTimeKeys: oneTimeKeys('B') });
  const claimed = [];
  for (let n = 0; n < 4; n++) claimed.push(...(await keys.claimKeys([ask])));
  assert.deepEqual(
    claimed.map((key) => key.keyId),
    ['signed_curve25519:C', 'signed_curve25519:A', 'signed_curve25519:B'],
  );
});

test('an upload that is repeated after a claim does not bring the claimed key back', async () => {
  const { keys } = new KeysWorld();
  await keys.uploadKeys(phone, { oneTimeKeys: oneTimeKeys('A', 'B') });
  assert.equal((await keys.claimKeys([ask]))[0]?.keyId, 'signed_curve25519:A');
  assert.deepEqual(await keys.uploadKeys(phone, { oneTimeKeys: oneTimeKeys('A', 'B') }), [['signed_curve25519', 1]]);
  assert.equal((await keys.claimKeys([ask]))[0]?.keyId, 'signed_curve25519:B');
  assert.deepEqual(await keys.claimKeys([ask]), []);
});

test('a key id with another value is refused and nothing of the upload is kept', async () => {
  const { keys } = new KeysWorld();
  await keys.uploadKeys(phone, { oneTimeKeys: oneTimeKeys('A') });
  const upload = { 'signed_curve25519:NEW': { key: 'new' }, 'signed_curve25519:A': { key: 'another' } };
  await assert.rejects(
    keys.uploadKeys(phone, { oneTimeKeys: upload }),
    (error) => error instanceof MatrixError && error.status === 400,
  );
  assert.deepEqual(keys.countsFor(phone).counts, [['signed_curve25519', 1]]);
});

test('when no key is left the fallback key is given, again and again, and counts as used', async () => {
  const { keys } = new KeysWorld();
  await keys.uploadKeys(phone, { fallbackKeys: { 'signed_curve25519:F': { key: 'fallback', fallback: true } } });
  assert.deepEqual(keys.countsFor(phone).unusedFallbacks, ['signed_curve25519']);
  assert.equal((await keys.claimKeys([ask]))[0]?.keyId, 'signed_curve25519:F');
  assert.equal((await keys.claimKeys([ask]))[0]?.keyId, 'signed_curve25519:F');
  assert.deepEqual(keys.countsFor(phone).unusedFallbacks, []);
});

test('a new fallback key is unused; the same one uploaded again stays used', async () => {
  const { keys } = new KeysWorld();
  const first = { 'signed_curve25519:F': { key: 'fallback', fallback: true } };
  await keys.uploadKeys(phone, { fallbackKeys: first });
  await keys.claimKeys([ask]);
  await keys.uploadKeys(phone, { fallbackKeys: first });
  assert.deepEqual(keys.countsFor(phone).unusedFallbacks, []);
  await keys.uploadKeys(phone, { fallbackKeys: { 'signed_curve25519:G': { key: 'next', fallback: true } } });
  assert.deepEqual(keys.countsFor(phone).unusedFallbacks, ['signed_curve25519']);
});

test('keys of other devices, other algorithms and unknown users are left out', async () => {
  const { keys } = new KeysWorld();
  await keys.uploadKeys(phone, { oneTimeKeys: oneTimeKeys('A') });
  assert.deepEqual(
    await keys.claimKeys([
      { ...ask, deviceId: 'LAPTOP' },
      { ...ask, algorithm: 'curve25519' },
      { ...ask, userId: '@nobody:hs1' },
    ]),
    [],
  );
});

for (const [what, upload] of [
  ['a name without an id', { signed_curve25519: { key: 'k' } }],
  ['a name of three parts', { 'a:b:c': { key: 'k' } }],
  ['a number', { 'signed_curve25519:A': 5 }],
  ['null', { 'signed_curve25519:A': null }],
  ['an object without a key', { 'signed_curve25519:A': { signatures: {} } }],
  ['a key of many kilobytes', { 'signed_curve25519:A': { key: 'x'.repeat(5000) } }],
  [
    'more than a device may hold',
    Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`signed_curve25519:${n}`, { key: 'k' }])),
  ],
] as const) {
  test(`an upload with ${what} is refused`, async () => {
    const { keys } = new KeysWorld();
    await assert.rejects(
      keys.uploadKeys(phone, { oneTimeKeys: upload }),
      (error) => error instanceof MatrixError && error.status === 400,
    );
    assert.deepEqual(keys.countsFor(phone).counts, []);
  });
}
