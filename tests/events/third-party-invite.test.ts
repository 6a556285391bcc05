import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signJson } from '../../src/events/sign-json.ts';
import { signerFromSeed } from '../../src/events/signing-key.ts';
import { isSignedByThirdParty } from '../../src/events/third-party-invite.ts';
import { encodeBase64, encodeBase64Url } from '../../src/spec/base64.ts';
import { otherSigner, signer } from './event-samples.ts';

const signed = signJson({ mxid: '@bob:hs2', token: 'abc' }, signer);
const key = encodeBase64(signer.publicKey);
const otherKey = encodeBase64(otherSigner.publicKey);

test('a signature by the single key or by one of the list is enough, in either base64 alphabet', () => {
  assert.ok(isSignedByThirdParty(signed, { public_key: key }));
  for (let seed = 0; seed < 20; seed++) {
    const own = signerFromSeed('id', 'ed25519:0', new Uint8Array(32).fill(seed));
    assert.ok(isSignedByThirdParty(signJson({ token: 'x' }, own), { public_key: encodeBase64Url(own.publicKey) }));
  }
  assert.ok(
    isSignedByThirdParty(signed, {
      public_key: otherKey,
      public_keys: [{ public_key: otherKey }, { public_key: key }],
    }),
  );
});

test('a signature by a key that the room does not name, or over something else, is not', () => {
  assert.ok(!isSignedByThirdParty(signed, { public_key: otherKey }));
  assert.ok(!isSignedByThirdParty({ ...signed, mxid: '@eve:hs2' }, { public_key: key }));
  assert.ok(!isSignedByThirdParty({ mxid: '@bob:hs2', token: 'abc' }, { public_key: key }));
});

test('one good signature among bad ones counts', () => {
  const { signatures } = signed;
  const mixed = { ...signed, signatures: { evil: { 'ed25519:a': 'AAAA' }, ...(signatures as object) } };
  assert.ok(isSignedByThirdParty(mixed, { public_key: key }));
});

test('a revoked invite, and content of any other shape, names no key', () => {
  for (const content of [
    {},
    { public_key: 7 },
    { public_keys: key },
    { public_keys: [key, null, {}] },
    { public_key: key.slice(4) },
  ]) {
    assert.ok(!isSignedByThirdParty(signed, content));
  }
  assert.ok(!isSignedByThirdParty({ ...signed, n: 1.5 }, { public_key: key }));
});
