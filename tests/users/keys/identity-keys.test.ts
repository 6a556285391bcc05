// Device keys, cross-signing keys and signatures. https://spec.matrix.org/v1.19/client-server-api/#cross-signing
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

test("device keys are shown with the device's name, and the change is told", async () => {
  const { keys, changed } = new KeysWorld();
  await keys.uploadKeys(phone, { deviceKeys: deviceKeys(ALICE, 'PHONE') });
  const [answer] = await keys.queryKeys(tablet, [{ userId: ALICE, deviceIds: [] }]);
  assert.deepEqual(
    answer?.devices.map(({ deviceId }) => deviceId),
    ['PHONE'],
  );
  assert.deepEqual(answer?.devices[0]?.keys['unsigned'], { device_display_name: 'the phone' });
  assert.deepEqual(changed, [ALICE]);
});

test('device keys without any signature are kept as they are', async () => {
  const { keys } = new KeysWorld();
  await keys.uploadKeys(phone, { deviceKeys: { ...deviceKeys(ALICE, 'PHONE'), signatures: {} } });
  assert.equal((await keys.queryKeys(phone, [{ userId: ALICE, deviceIds: [] }]))[0]?.devices.length, 1);
});

test('the same device keys again change nothing', async () => {
  const { keys, changed } = new KeysWorld();
  await keys.uploadKeys(phone, { deviceKeys: deviceKeys(ALICE, 'PHONE') });
  await keys.uploadKeys(phone, { deviceKeys: deviceKeys(ALICE, 'PHONE') });
  assert.deepEqual(changed, [ALICE]);
});

for (const [what, keysOf, errcode = 'M_INVALID_PARAM'] of [
  ['of another user', () => deviceKeys(BOB, 'PHONE')],
  ['of another device', () => deviceKeys(ALICE, 'LAPTOP')],
  ['that were changed after signing', () => ({ ...deviceKeys(ALICE, 'PHONE'), algorithms: ['none'] })],
  ['with algorithms that are no list', () => ({ ...deviceKeys(ALICE, 'PHONE'), algorithms: {} }), 'M_BAD_JSON'],
  ['without keys', () => ({ ...deviceKeys(ALICE, 'PHONE'), keys: {} })],
] as const satisfies readonly (readonly [string, () => JsonObject, string?])[]) {
  test(`device keys ${what} are refused and not stored`, async () => {
    const { keys } = new KeysWorld();
    await assert.rejects(keys.uploadKeys(phone, { deviceKeys: keysOf() }), refused(errcode));
    assert.deepEqual((await keys.queryKeys(phone, [{ userId: ALICE, deviceIds: [] }]))[0]?.devices, []);
  });
}

test('a device that begins anew with another identity is told to others as changed', async () => {
  const { keys, changed } = new KeysWorld();
  await keys.uploadKeys(phone, { deviceKeys: deviceKeys(ALICE, 'PHONE') });
  await keys.uploadKeys(phone, { deviceKeys: deviceKeys(ALICE, 'PHONE', keyPair(ALICE, 99, 'PHONE')) });
  assert.deepEqual(changed, [ALICE, ALICE]);
});

test('a first identity needs no further authentication, the same again neither, another one does', async () => {
  const { keys } = new KeysWorld();
  const { upload } = identity(ALICE, 10);
  assert.deepEqual(await keys.uploadCrossSigning(phone, upload, false), { needsAuth: false });
  assert.deepEqual(await keys.uploadCrossSigning(phone, upload, false), { needsAuth: false });
  assert.deepEqual(await keys.uploadCrossSigning(phone, identity(ALICE, 20).upload, false), { needsAuth: true });
});

test('everybody sees master and self-signing key, the user alone the user-signing key', async () => {
  const { keys } = new KeysWorld();
  await keys.uploadCrossSigning(phone, identity(ALICE, 10).upload, true);
  const [own] = await keys.queryKeys(phone, [{ userId: ALICE, deviceIds: [] }]);
  const [others] = await keys.queryKeys(tablet, [{ userId: ALICE, deviceIds: [] }]);
  assert.ok(own?.masterKey && own.selfSigningKey && own.userSigningKey);
  assert.ok(others?.masterKey && others.selfSigningKey);
  assert.equal(others.userSigningKey, undefined);
});

test('a self-signing key that the master key did not sign is refused and nothing is stored', async () => {
  const { keys } = new KeysWorld();
  const { upload, selfSigning } = identity(ALICE, 10);
  const wrong = { ...upload, selfSigningKey: crossSigningKey(ALICE, 'self_signing', selfSigning) };
  await assert.rejects(keys.uploadCrossSigning(phone, wrong, true), refused('M_INVALID_SIGNATURE'));
  assert.equal((await keys.queryKeys(phone, [{ userId: ALICE, deviceIds: [] }]))[0]?.masterKey, undefined);
});

test('without a master key the other keys are refused', async () => {
  const { keys } = new KeysWorld();
  const { upload } = identity(ALICE, 10);
  await assert.rejects(
    keys.uploadCrossSigning(phone, { selfSigningKey: upload.selfSigningKey }, true),
    refused('M_MISSING_PARAM'),
  );
});

test('keys of another user, or for another usage, are refused', async () => {
  const { keys } = new KeysWorld();
  await assert.rejects(
    keys.uploadCrossSigning(phone, { masterKey: identity(BOB, 10).upload.masterKey }, true),
    refused('M_INVALID_PARAM'),
  );
  await assert.rejects(
    keys.uploadCrossSigning(phone, { masterKey: identity(ALICE, 10).upload.selfSigningKey }, true),
    refused('M_INVALID_PARAM'),
  );
});

test('a cross-signing key that equals a device id is refused, and such a device id too', async () => {
  const world = new KeysWorld();
  const { upload, master } = identity(ALICE, 10);
  world.devices.set(ALICE, [master.text]);
  await assert.rejects(world.keys.uploadCrossSigning(phone, upload, true), refused('M_FORBIDDEN'));
  world.devices.set(ALICE, ['PHONE']);
  await world.keys.uploadCrossSigning(phone, upload, true);
  assert.equal(world.keys.isCrossSigningKey(ALICE, master.text), true);
  assert.equal(world.keys.isCrossSigningKey(ALICE, 'PHONE'), false);
});

test('a new master key takes the keys that the old one vouched for with it', async () => {
  const { keys } = new KeysWorld();
  await keys.uploadCrossSigning(phone, identity(ALICE, 10).upload, true);
  await keys.uploadCrossSigning(phone, { masterKey: identity(ALICE, 20).upload.masterKey }, true);
  const [own] = await keys.queryKeys(phone, [{ userId: ALICE, deviceIds: [] }]);
  assert.ok(own?.masterKey);
  assert.equal(own.selfSigningKey, undefined);
  assert.equal(own.userSigningKey, undefined);
});

test('a device signed with the self-signing key shows that signature to everybody', async () => {
  const { keys } = new KeysWorld();
  const { upload, selfSigning } = identity(ALICE, 10);
  const device = deviceKeys(ALICE, 'PHONE');
  await keys.uploadKeys(phone, { deviceKeys: device });
  await keys.uploadCrossSigning(phone, upload, true);
  assert.deepEqual(
    await keys.uploadSignatures(phone, [{ userId: ALICE, keyId: 'PHONE', object: signJson(device, selfSigning) }]),
    [],
  );
  const [seen] = await keys.queryKeys(tablet, [{ userId: ALICE, deviceIds: [] }]);
  const signatures = seen?.devices[0]?.keys['signatures'] as JsonObject;
  assert.deepEqual(
    Object.keys(signatures[ALICE] as JsonObject).sort(),
    ['ed25519:PHONE', `ed25519:${selfSigning.text}`].sort(),
  );
});

test("a signature on another user's master key is shown to its signer alone", async () => {
  const { keys } = new KeysWorld();
  const [alices, bobs] = [identity(ALICE, 10), identity(BOB, 30)];
  await keys.uploadCrossSigning(phone, alices.upload, true);
  await keys.uploadCrossSigning(tablet, bobs.upload, true);
  const object = signJson(bobs.upload.masterKey, alices.userSigning);
  assert.deepEqual(await keys.uploadSignatures(phone, [{ userId: BOB, keyId: bobs.master.text, object }]), []);
  const signers = async (by: typeof phone) =>
    Object.keys(
      (await keys.queryKeys(by, [{ userId: BOB, deviceIds: [] }]))[0]?.masterKey?.['signatures'] as JsonObject,
    );
  assert.deepEqual((await signers(phone)).sort(), [ALICE, BOB].sort());
  assert.deepEqual(await signers(tablet), [BOB]);
});

test('what may not be signed, or is not what is stored, or is badly signed, fails by itself', async () => {
  const { keys } = new KeysWorld();
  const [alices, bobs] = [identity(ALICE, 10), identity(BOB, 30)];
  const device = deviceKeys(ALICE, 'PHONE');
  await keys.uploadKeys(phone, { deviceKeys: device });
  await keys.uploadKeys(tablet, { deviceKeys: deviceKeys(BOB, 'TABLET') });
  await keys.uploadCrossSigning(phone, alices.upload, true);
  await keys.uploadCrossSigning(tablet, bobs.upload, true);
  const failures = await keys.uploadSignatures(phone, [
    { userId: BOB, keyId: 'TABLET', object: signJson(deviceKeys(BOB, 'TABLET'), alices.userSigning) },
    { userId: ALICE, keyId: 'PHONE', object: signJson({ ...device, algorithms: [] }, alices.selfSigning) },
    { userId: ALICE, keyId: 'PHONE', object: signJson(device, alices.userSigning) },
    { userId: BOB, keyId: bobs.master.text, object: signJson(bobs.upload.masterKey, alices.selfSigning) },
    { userId: ALICE, keyId: 'GONE', object: device },
  ]);
  assert.deepEqual(
    failures.map(({ errcode }) => errcode),
    ['M_NOT_FOUND', 'M_INVALID_PARAM', 'M_INVALID_SIGNATURE', 'M_INVALID_SIGNATURE', 'M_NOT_FOUND'],
  );
});

test('one answer holds the keys of so many users as fit', async () => {
  const world = new KeysWorld();
  const users = Array.from({ length: 10 }, (_, n) => `@u${n}:hs1`);
  const ids = Array.from({ length: 40 }, (_, n) => `D${n}`);
  for (const userId of users) {
    world.devices.set(userId, ids);
    for (const deviceId of ids) {
      const pair = keyPair(userId, 7, deviceId);
      const object = { ...deviceKeys(userId, deviceId, pair), pad: 'x'.repeat(3000), signatures: {} };
      await world.keys.uploadKeys(KeysWorld.by(userId, deviceId), { deviceKeys: object });
    }
  }
  const asked = users.map((userId) => ({ userId, deviceIds: [] }));
  const first = await world.keys.queryKeys(phone, asked);
  assert.deepEqual(
    first.map(({ userId }) => userId),
    users.slice(0, 3),
  );
  assert.ok(first.every(({ devices }) => devices.length === 40));
});
