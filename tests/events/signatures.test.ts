import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contentHashMatches } from '../../src/events/content-hash.ts';
import { redact } from '../../src/events/redaction.ts';
import { ROOM_VERSIONS } from '../../src/events/room-versions.ts';
import { signEvent } from '../../src/events/sign-event.ts';
import { signJson } from '../../src/events/sign-json.ts';
import { signingKeyIds } from '../../src/events/signatures.ts';
import { signerFromSeed, verifySignature } from '../../src/events/signing-key.ts';
import { verifyEvent } from '../../src/events/verify-event.ts';
import { verifyJson } from '../../src/events/verify-json.ts';
import { encodeBase64 } from '../../src/spec/base64.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import { keys, otherSigner, signer, versionOf, wire } from './event-samples.ts';

const objects = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.maxSafeInteger(), fc.boolean(), fc.constant(null)));

test('what is signed verifies, and a flipped bit of signature, key or text does not', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.string({ minLength: 1 }),
      fc.nat(511),
      (seed, text, bit) => {
        const own = signerFromSeed('x', 'ed25519:x', seed);
        const signature = own.sign(text);
        assert.ok(verifySignature(own.publicKey, text, signature));
        assert.ok(!verifySignature(own.publicKey, text, flipped(signature, bit)));
        assert.ok(!verifySignature(flipped(own.publicKey, bit % 256), text, signature));
        assert.ok(!verifySignature(own.publicKey, `${text} `, signature));
      },
    ),
    { numRuns: 30 },
  );
});

test('keys and signatures of the wrong size verify nothing and throw nothing', () => {
  const signature = signer.sign('x');
  for (const key of [new Uint8Array(), signer.publicKey.subarray(1), new Uint8Array(33)])
    assert.ok(!verifySignature(key, 'x', signature));
  for (const bytes of [new Uint8Array(), signature.subarray(1), new Uint8Array(65)]) {
    assert.ok(!verifySignature(signer.publicKey, 'x', bytes));
  }
  assert.ok(!verifySignature(new Uint8Array(32).fill(0xff), 'x', signature));
  assert.throws(() => signerFromSeed('x', 'ed25519:x', new Uint8Array(31)), RangeError);
});

test('any signed object verifies; one with any member changed, added or taken away does not', () => {
  fc.assert(
    fc.property(objects, fc.string(), (object, name) => {
      fc.pre(name !== 'signatures' && name !== 'unsigned');
      const signed = signJson(object, signer);
      assert.equal(verifyJson(signed, 'hs1', keys), 'valid');
      assert.equal(verifyJson({ ...signed, unsigned: { age: 3 } }, 'hs1', keys), 'valid');
      assert.equal(
        verifyJson(Object.fromEntries([...Object.entries(signed), [name, ['changed']]]), 'hs1', keys),
        'invalid',
      );
    }),
    { numRuns: 50 },
  );
});

test('a second signature keeps the first, and each is checked for itself', () => {
  const both = signJson(signJson({ a: 1 }, signer), otherSigner);
  assert.equal(verifyJson(both, 'hs1', keys), 'valid');
  assert.equal(verifyJson(both, 'hs2', new Map([[otherSigner.keyId, otherSigner.publicKey]])), 'valid');
  const second = signerFromSeed('hs1', 'ed25519:second', new Uint8Array(32).fill(9));
  const twice = signJson(both, second);
  assert.deepEqual(signingKeyIds(twice, 'hs1'), ['ed25519:a', 'ed25519:second']);
  assert.equal(verifyJson(twice, 'hs1', new Map([...keys, [second.keyId, second.publicKey]])), 'valid');
  assert.equal(verifyJson(both, 'hs3', keys), 'unsigned');
  assert.equal(verifyJson(both, 'hs2', keys), 'unknown-key');
});

test('only ed25519 counts, unknown keys are skipped, and one bad signature of a known key spoils the good one', () => {
  const signed = signJson({ a: 1 }, signer);
  const good = encodeBase64(signer.sign('{"a":1}'));
  const by = (signatures: JsonObject): JsonObject => ({ ...signed, signatures: { hs1: signatures } });
  const two = new Map([...keys, ['ed25519:z', otherSigner.publicKey]]);
  assert.equal(verifyJson(by({ 'rsa:a': good }), 'hs1', new Map([['rsa:a', signer.publicKey]])), 'unsigned');
  assert.equal(verifyJson(by({ 'ed25519:a': good, 'ed25519:unknown': 'junk' }), 'hs1', keys), 'valid');
  assert.equal(verifyJson(by({ 'ed25519:a': good, 'ed25519:z': good }), 'hs1', two), 'invalid');
  for (const junk of ['', '!!!!', `${good} `, `${good}==x`, 7, null]) {
    assert.equal(verifyJson(by({ 'ed25519:a': junk }), 'hs1', keys), 'invalid');
  }
  assert.equal(verifyJson(by({ 'ed25519:a': `${good}==` }), 'hs1', keys), 'valid');
  assert.equal(verifyJson({ a: 1.5, signatures: { hs1: { 'ed25519:a': good } } }, 'hs1', keys), 'invalid');
});

test('a good signature is found behind any number of others', () => {
  const signed = signJson({ a: 1 }, signer);
  const junk = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`ed25519:${index}`, 'x']));
  const good = encodeBase64(signer.sign('{"a":1}'));
  const crowded = { ...signed, signatures: { hs1: { ...junk, 'ed25519:a': good } } };
  assert.equal(verifyJson(crowded, 'hs1', keys), 'valid');
  assert.ok(signingKeyIds(crowded, 'hs1').length < 100);
});

test('names such as __proto__ and constructor sign for nobody', () => {
  const signed = signJson({ a: 1 }, signer);
  for (const name of ['__proto__', 'constructor', 'toString']) assert.deepEqual(signingKeyIds(signed, name), []);
  assert.deepEqual(signingKeyIds({ signatures: [] }, 'length'), []);
});

for (const version of ROOM_VERSIONS) {
  test(`an event verifies in full and redacted, and what is protected cannot change, version ${version.id}`, () => {
    const event = wire(version, { state_key: '' });
    const signed = signEvent(event, version, signer);
    assert.equal(verifyEvent(signed, version, 'hs1', keys), 'valid');
    assert.equal(verifyEvent(redact(signed, version), version, 'hs1', keys), 'valid');
    for (const [name, value] of Object.entries({
      sender: '@eve:hs1',
      depth: 8,
      type: 'x',
      state_key: 'k',
      room_id: '!x:hs1',
      hashes: { sha256: 'x' },
    })) {
      assert.equal(verifyEvent({ ...signed, [name]: value }, version, 'hs1', keys), 'invalid', name);
    }
  });

  test(`changed content is found by the content hash while the signature still holds, version ${version.id}`, () => {
    const event = wire(version);
    assert.ok(contentHashMatches(event, version));
    const changed = { ...event, content: { body: 'Changed', msgtype: 'm.text' } };
    assert.equal(verifyEvent(changed, version, 'hs1', keys), 'valid');
    assert.ok(!contentHashMatches(changed, version));
    assert.ok(!contentHashMatches(redact(event, version), version));
    assert.ok(contentHashMatches({ ...event, unsigned: { age: 1 } }, version));
  });
}

test('the content hash is compared as bytes: padding is no difference', () => {
  const version = versionOf('11');
  const event = wire(version);
  const hashes = event['hashes'] as JsonObject;
  assert.ok(contentHashMatches({ ...event, hashes: { sha256: `${String(hashes['sha256'])}=` } }, version));
  for (const sha256 of ['', 'x', '!', 7, null])
    assert.ok(!contentHashMatches({ ...event, hashes: { sha256 } }, version));
});

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  return bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
}
