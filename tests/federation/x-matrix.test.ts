// The header that signs requests between servers. https://spec.matrix.org/v1.19/server-server-api/#request-authentication
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSignatures } from '../../src/events/signatures.ts';
import { readKeyAnswer } from '../../src/federation/key-answer.ts';
import { requestText } from '../../src/federation/request-text.ts';
import { parseXMatrix, writeXMatrix } from '../../src/federation/x-matrix.ts';
import { decodeBase64 } from '../../src/spec/base64.ts';
import type { Json } from '../../src/spec/json.ts';
import { readVectors } from '../vectors/read-vectors.ts';

interface Vectors {
  readonly origin: string;
  readonly key_id: string;
  readonly public_key: string;
  readonly requests: readonly {
    readonly method: string;
    readonly uri: string;
    readonly destination: string;
    readonly content: Json;
    readonly sig: string;
  }[];
  readonly server_key_response: Readonly<Record<string, Json>>;
  readonly header_parsing: {
    readonly expect: {
      readonly origin: string;
      readonly key: string;
      readonly sig: string;
      readonly destination: string;
    };
    readonly headers: readonly string[];
  };
}

const vectors = readVectors<Vectors>('federation-requests.json');

test('headers that mean the same are read alike', () => {
  const { origin, key, sig, destination } = vectors.header_parsing.expect;
  for (const header of vectors.header_parsing.headers)
    assert.deepEqual(parseXMatrix(header), [{ origin, destination, key, signature: sig }], header);
});

test('a request that another implementation has signed verifies, and no other one', () => {
  const keys = new Map([[vectors.key_id, decodeBase64(vectors.public_key)!]]);
  for (const { method, uri, destination, content, sig } of vectors.requests) {
    const signed = { method, uri, destination, origin: vectors.origin, content: content ?? undefined };
    const claimed = { signatures: { [vectors.origin]: { [vectors.key_id]: sig } } };
    const verdict = (request: typeof signed): string =>
      checkSignatures(claimed, vectors.origin, keys, () => requestText(request));
    assert.equal(verdict(signed), 'valid', uri);
    assert.equal(verdict({ ...signed, method: 'POST' }), 'invalid');
    assert.equal(verdict({ ...signed, uri: `${uri}?` }), 'invalid');
    assert.equal(verdict({ ...signed, destination: 'elsewhere' }), 'invalid');
    assert.equal(verdict({ ...signed, content: {} }), 'invalid');
  }
});

test('the answer of another implementation about its keys is read', () => {
  const bytes = new TextEncoder().encode(JSON.stringify(vectors.server_key_response));
  const answer = readKeyAnswer(vectors.origin, bytes, 1_493_000_000_000);
  assert.deepEqual(answer?.keys, [
    { keyId: vectors.key_id, key: vectors.public_key, validUntilTs: 1_493_142_432_964 },
    { keyId: 'ed25519:old', key: 'O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik', expiredTs: 929_059_200 },
  ]);
});

const GOOD = { origin: 'a.test', destination: 'b.test', key: 'ed25519:1', signature: 'AAAA/+8' };

test('what we write is read as it was meant', () => {
  assert.deepEqual(parseXMatrix(writeXMatrix(GOOD)), [GOOD]);
});

test('a server that names no destination is understood', () => {
  assert.equal(parseXMatrix('X-Matrix origin=a,key="ed25519:1",sig="s"')?.[0]?.destination, undefined);
});

test('several signatures are told apart, in one field or joined from several', () => {
  const second = { ...GOOD, key: 'ed25519:2' };
  assert.deepEqual(parseXMatrix(`${writeXMatrix(GOOD)}, ${writeXMatrix(second)}`), [GOOD, second]);
});

test('a backslash stands for what follows it', () => {
  assert.equal(parseXMatrix(String.raw`X-Matrix origin="a\.t\\e\"st",key=k,sig=s`)?.[0]?.origin, 'a.t\\e"st');
});

for (const [situation, header] of [
  ['an access token', 'Bearer abc'],
  ['another scheme beside it', `${writeXMatrix(GOOD)}, Bearer abc`],
  ['nothing', ''],
  ['the scheme alone', 'X-Matrix'],
  ['no space after the scheme', 'X-Matrix\torigin=a,key=k,sig=s'],
  ['no origin', 'X-Matrix key=k,sig=s'],
  ['no key', 'X-Matrix origin=a,sig=s'],
  ['no signature', 'X-Matrix origin=a,key=k'],
  ['a parameter twice', 'X-Matrix origin=a,origin=b,key=k,sig=s'],
  ['a parameter twice in other letters', 'X-Matrix origin=a,ORIGIN=a,key=k,sig=s'],
  ['the signature under both of its names', 'X-Matrix origin=a,key=k,sig=s,signature=s'],
  ['a quote that does not end', 'X-Matrix origin="a,key=k,sig=s'],
  ['something behind a quoted value', 'X-Matrix origin="a"b,key=k,sig=s'],
  ['a slash without quotes', 'X-Matrix origin=a,key=k,sig=a/b'],
  ['a parameter without a value', 'X-Matrix origin=,key=k,sig=s'],
  ['a line break in a value', 'X-Matrix origin="a\nb",key=k,sig=s'],
  ['more than it may be long', `X-Matrix origin="${'a'.repeat(20_000)}",key=k,sig=s`],
] as const)
  test(`refused as a signature: ${situation}`, () => {
    assert.equal(parseXMatrix(header), undefined);
  });
