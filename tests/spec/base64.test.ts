import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from '../../src/spec/base64.ts';
import { readVectors } from '../vectors/read-vectors.ts';

interface Vectors {
  readonly unpadded_base64: readonly { readonly input_utf8: string; readonly output: string }[];
}

test('the examples of the specification', () => {
  for (const { input_utf8: input, output } of readVectors<Vectors>('spec-appendices.json').unpadded_base64) {
    const bytes = new TextEncoder().encode(input);
    assert.equal(encodeBase64(bytes), output);
    assert.deepEqual(decodeBase64(output), bytes);
  }
});

test('any bytes come back, in both alphabets, as another encoder writes them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.equal(encodeBase64(bytes), Buffer.from(bytes).toString('base64').replace(/=+$/, ''));
      assert.equal(encodeBase64Url(bytes), Buffer.from(bytes).toString('base64url'));
      assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
      assert.deepEqual(decodeBase64Url(encodeBase64Url(bytes)), bytes);
      assert.deepEqual(decodeBase64(Buffer.from(bytes).toString('base64')), bytes);
    }),
  );
});

test('garbage is refused', () => {
  const refused = [
    'A',
    'AAAAA',
    'AA==A',
    'AAAA=',
    'AA=',
    'A===',
    '====',
    '=',
    'A A A',
    'AA\n',
    'AA-_',
    'ÀAAA',
    'AA\0A',
    ' AAAA',
  ];
  for (const text of refused) assert.equal(decodeBase64(text), undefined, JSON.stringify(text));
  for (const text of ['AA+/', 'AA==A', 'A']) assert.equal(decodeBase64Url(text), undefined, text);
});
