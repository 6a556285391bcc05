// What becomes of an identity that is replaced, and of the signatures on it.
// https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysdevice_signingupload
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signJson } from '../../../src/events/sign-json.ts';
import { MatrixError } from '../../../src/spec/errors.ts';
import type { JsonObject } from '../../../src/spec/json.ts';
import { ALICE, BOB, crossSigningKey, deviceKeys, identity, keyPair, KeysWorld } from './keys-world.ts';

const phone = KeysWorld.by(ALICE, 'PHONE');
const tablet = KeysWorld.by(BOB, 'TABLET');
const refused =
  (errcode: string) =>
  (error: unknown): boolean =>
    error instanceof MatrixError && error.errcode === errcode;
const phonePair = keyPair(ALICE, 'PHONE'.length, 'PHONE');
const signersOf = (object: JsonObject | undefined, userId: string): string[] => {
  const all = object?.['signatures'] as JsonObject | undefined;
  return Object.keys((all?.[userId] as JsonObject | undefined) ?? {}).sort();
};

async function begun() {
  const world = new KeysWorld();
  const alices = identity(ALICE, 10);
  await world.keys.uploadKeys(phone, { deviceKeys: deviceKeys(ALICE, 'PHONE') });
  await world.keys.uploadCrossSigning(phone, alices.upload, false);
  world.changed.length = 0;
  const seen = async (by = phone, userId = ALICE) => (await world.keys.queryKeys(by, [{ userId, deviceIds: [] }]))[0];
  return { ...world, keys: world.keys, changed: world.changed, alices, seen };
}

test('without proof another identity is not stored, nor is part of one', async () => {
  const { keys, alices, seen, changed } = await begun();
  const other = identity(ALICE, 20);
  const mixed = {
    ...alices.upload,
    selfSigningKey: crossSigningKey(ALICE, 'self_signing', other.selfSigning, alices.master),
  };
  for (const upload of [other.upload, mixed, { selfSigningKey: mixed.selfSigningKey }])
    assert.deepEqual(await keys.uploadCrossSigning(phone, upload, false), { needsAuth: true });
  const stored = await seen();
  assert.deepEqual(stored?.masterKey, alices.upload.masterKey);
  assert.deepEqual(stored?.selfSigningKey, alices.upload.selfSigningKey);
  assert.deepEqual(changed, []);
});

test('of two first identities that are uploaded at the same time one is stored, and the other needs proof', async () => {
  const { keys } = new KeysWorld();
  const answers = await Promise.all([
    keys.uploadCrossSigning(phone, identity(ALICE, 10).upload, false),
    keys.uploadCrossSigning(phone, identity(ALICE, 20).upload, false),
  ]);
  assert.deepEqual(
    answers.map(({ needsAuth }) => needsAuth),
    [false, true],
  );
});

test('a replaced identity is told to others once, and an identical upload not at all', async () => {
  const { keys, alices, changed } = await begun();
  await keys.uploadCrossSigning(phone, alices.upload, false);
  assert.deepEqual(changed, []);
  const { upload } = identity(ALICE, 20);
  await keys.uploadCrossSigning(phone, upload, true);
  await keys.uploadCrossSigning(phone, upload, true);
  assert.deepEqual(changed, [ALICE]);
});

test('signatures on and by a replaced identity are gone, those of the device on its own keys stay', async () => {
  const { keys, alices, seen } = await begun();
  const bobs = identity(BOB, 30);
  await keys.uploadCrossSigning(tablet, bobs.upload, false);
  const device = deviceKeys(ALICE, 'PHONE');
  await keys.uploadSignatures(phone, [
    { userId: ALICE, keyId: 'PHONE', object: signJson(device, alices.selfSigning) },
    { userId: ALICE, keyId: alices.master.text, object: signJson(alices.upload.masterKey, phonePair) },
  ]);
  await keys.uploadSignatures(tablet, [
    { userId: ALICE, keyId: alices.master.text, object: signJson(alices.upload.masterKey, bobs.userSigning) },
  ]);
  assert.deepEqual(signersOf((await seen(tablet))?.masterKey, BOB), [`ed25519:${bobs.userSigning.text}`]);
  assert.equal(signersOf((await seen())?.devices[0]?.keys, ALICE).length, 2);
  await keys.uploadCrossSigning(phone, identity(ALICE, 20).upload, true);
  assert.deepEqual(signersOf((await seen())?.devices[0]?.keys, ALICE), ['ed25519:PHONE']);
  // Even the very same identity begins again without them.
  await keys.uploadCrossSigning(phone, alices.upload, true);
  assert.deepEqual(signersOf((await seen(tablet))?.masterKey, BOB), []);
  assert.deepEqual(signersOf((await seen())?.masterKey, ALICE), [`ed25519:${alices.master.text}`]);
});

test('a master key that its device has signed is stored with that signature, a forged one is refused', async () => {
  const { keys, alices, seen } = await begun();
  const signed = signJson(alices.upload.masterKey, phonePair);
  await keys.uploadCrossSigning(phone, { masterKey: signed }, false);
  assert.deepEqual(signersOf((await seen())?.masterKey, ALICE).length, 2);
  const forged = signJson(alices.upload.masterKey, keyPair(ALICE, 99, 'PHONE'));
  await assert.rejects(keys.uploadCrossSigning(phone, { masterKey: forged }, false), refused('M_INVALID_SIGNATURE'));
  // Who sends the key without them takes no signatures away.
  await keys.uploadCrossSigning(phone, { masterKey: { ...signed, signatures: {} } }, false);
  assert.deepEqual(signersOf((await seen())?.masterKey, ALICE).length, 2);
});

test('signatures that nobody can check are not kept', async () => {
  const { keys } = new KeysWorld();
  const { upload, master } = identity(ALICE, 10);
  const stuffed = { ...upload.masterKey, signatures: { '@x:y': { a: 'b' }, [ALICE]: { 'ed25519:GONE': 'AAAA' } } };
  await keys.uploadCrossSigning(phone, { masterKey: stuffed }, false);
  const [seen] = await keys.queryKeys(phone, [{ userId: ALICE, deviceIds: [] }]);
  assert.deepEqual(seen?.masterKey, {
    user_id: ALICE,
    usage: ['master'],
    keys: { [`ed25519:${master.text}`]: master.text },
  });
});

test('a public key that is none, or a key of many kilobytes, is refused', async () => {
  const { keys } = new KeysWorld();
  const short = { user_id: ALICE, usage: ['master'], keys: { 'ed25519:AAAA': 'AAAA' } };
  await assert.rejects(keys.uploadCrossSigning(phone, { masterKey: short }, false), refused('M_INVALID_PARAM'));
  const large = { ...identity(ALICE, 10).upload.masterKey, more: 'x'.repeat(20_000) };
  await assert.rejects(keys.uploadCrossSigning(phone, { masterKey: large }, false), refused('M_TOO_LARGE'));
});

test('a signature that is there already is told to nobody', async () => {
  const { keys, alices, changed } = await begun();
  const object = signJson(deviceKeys(ALICE, 'PHONE'), alices.selfSigning);
  for (let n = 0; n < 3; n++) await keys.uploadSignatures(phone, [{ userId: ALICE, keyId: 'PHONE', object }]);
  assert.deepEqual(changed, [ALICE]);
});

test('of an object with one bad signature none is kept', async () => {
  const { keys, alices, seen } = await begun();
  const good = signJson(alices.upload.masterKey, phonePair);
  const signatures = { [ALICE]: { ...((good.signatures as JsonObject)[ALICE] as JsonObject), 'ed25519:GONE': 'AAAA' } };
  const failures = await keys.uploadSignatures(phone, [
    { userId: ALICE, keyId: alices.master.text, object: { ...good, signatures } },
  ]);
  assert.deepEqual(
    failures.map(({ errcode }) => errcode),
    ['M_INVALID_SIGNATURE'],
  );
  assert.deepEqual(signersOf((await seen())?.masterKey, ALICE), [`ed25519:${alices.master.text}`]);
});

test('a device that begins anew keeps neither the signatures nor the one-time keys of what it was', async () => {
  const { keys, alices, seen } = await begun();
  await keys.uploadKeys(phone, {
    oneTimeKeys: { 'signed_curve25519:AAAAAQ': { key: 'old' } },
    fallbackKeys: { 'signed_curve25519:AAAAAg': { key: 'old fallback' } },
  });
  const device = deviceKeys(ALICE, 'PHONE');
  await keys.uploadSignatures(phone, [{ userId: ALICE, keyId: 'PHONE', object: signJson(device, alices.selfSigning) }]);
  // Its client counts its keys from the first again.
  const counts = await keys.uploadKeys(phone, {
    deviceKeys: deviceKeys(ALICE, 'PHONE', keyPair(ALICE, 99, 'PHONE')),
    oneTimeKeys: { 'signed_curve25519:AAAAAQ': { key: 'new' } },
  });
  assert.deepEqual(counts, [['signed_curve25519', 1]]);
  assert.deepEqual(keys.countsFor(phone).unusedFallbacks, []);
  assert.deepEqual(signersOf((await seen())?.devices[0]?.keys, ALICE), ['ed25519:PHONE']);
  const ask = { userId: ALICE, deviceId: 'PHONE', algorithm: 'signed_curve25519' };
  assert.deepEqual(
    (await keys.claimKeys([ask, ask])).map(({ key }) => key),
    [{ key: 'new' }],
  );
});

test('device keys of many kilobytes are refused', async () => {
  const { keys } = new KeysWorld();
  const large = { ...deviceKeys(ALICE, 'PHONE'), more: 'x'.repeat(20_000) };
  await assert.rejects(keys.uploadKeys(phone, { deviceKeys: large }), refused('M_TOO_LARGE'));
});

test('a device has fallback keys for so many algorithms and no more', async () => {
  const { keys } = new KeysWorld();
  const upload = (from: number, count: number) => ({
    fallbackKeys: Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${from + n}:F`, { key: 'k' }])),
  });
  await keys.uploadKeys(phone, upload(0, 16));
  await assert.rejects(keys.uploadKeys(phone, upload(16, 1)), refused('M_INVALID_PARAM'));
  await keys.uploadKeys(phone, upload(3, 4));
  assert.equal(keys.countsFor(phone).unusedFallbacks.length, 16);
});
