import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  canonicalJson,
  compareCodePoints,
  lenientCanonicalJson,
  NotCanonicalError,
  utf8Length,
} from '../../src/spec/canonical-json.ts';
import type { Json, JsonObject } from '../../src/spec/json.ts';
import { readJson } from '../../src/spec/strict-json.ts';
import { keepWrittenNumbers } from '../../src/spec/written-numbers.ts';
import { readVectors } from '../vectors/read-vectors.ts';

interface Case {
  readonly input_raw: string;
  readonly canonical: string;
  readonly note?: string;
}

interface Refused {
  readonly input_raw: string;
  readonly not_seen_in_the_value?: boolean;
}

interface Derived {
  readonly canonical_json: readonly Case[];
  readonly canonical_json_reject: readonly Refused[];
}

/** JSON values with integers only, and names and texts of every kind that Unicode has. */
const canonicalValues = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('10', '9', '__proto__', 'constructor', '')),
      tie('value'),
      { maxKeys: 6 },
    ),
  ),
})).value;

test('the examples of the specification', () => {
  for (const { input_raw: input, canonical } of readVectors<{ canonical_json: Case[] }>('spec-appendices.json')
    .canonical_json) {
    assert.equal(canonicalJson(readJson(input).value), canonical);
  }
});

test('the traps: code point order, integer-like names, control characters, __proto__', () => {
  for (const { input_raw: input, canonical, note } of readVectors<Derived>('derived.json').canonical_json) {
    assert.equal(canonicalJson(readJson(input).value), canonical, note ?? input);
  }
});

test('numbers that canonical JSON does not know are refused, by the writer or by what the reader saw', () => {
  for (const { input_raw: input, not_seen_in_the_value: unseen } of readVectors<Derived>('derived.json')
    .canonical_json_reject) {
    const reading = readJson(input);
    assert.equal(reading.integersOnly, false, input);
    if (unseen !== true) assert.throws(() => canonicalJson(reading.value), NotCanonicalError, input);
  }
});

test('text with a lone surrogate is refused, in names as in values', () => {
  assert.throws(() => canonicalJson('\udead'), NotCanonicalError);
  assert.throws(() => canonicalJson({ 'a\ud800': 1 }), NotCanonicalError);
  assert.throws(() => lenientCanonicalJson(['\udc00\ud800']), NotCanonicalError);
});

test('the lenient form writes the numbers of old rooms and still refuses what is not JSON', () => {
  assert.equal(lenientCanonicalJson([1.5, -0, 1e10, 2 ** 53]), '[1.5,0,10000000000,9007199254740992]');
  assert.throws(() => lenientCanonicalJson(Infinity), NotCanonicalError);
  assert.throws(() => lenientCanonicalJson(NaN), NotCanonicalError);
});

test('members without a value are left out', () => {
  assert.equal(canonicalJson({ b: undefined, a: 1 }), '{"a":1}');
});

test('writing, reading and writing again changes nothing', () => {
  fc.assert(
    fc.property(canonicalValues, (value) => {
      const text = canonicalJson(value);
      const reading = readJson(text);
      assert.equal(canonicalJson(reading.value), text);
      assert.equal(reading.integersOnly, true);
      assert.equal(lenientCanonicalJson(value), text);
    }),
  );
});

test('the order of code points is the order of the bytes of UTF-8', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const expected = Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
      assert.equal(Math.sign(compareCodePoints(a, b)), expected);
    }),
  );
});

test('length in UTF-8 is what an encoder gives, lone surrogates included', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })), (units) => {
      const text = String.fromCharCode(...units);
      assert.equal(utf8Length(text), new TextEncoder().encode(text).length);
    }),
  );
  assert.equal(utf8Length('é日🐈'), 9);
});

test('the lenient form writes numbers as they were sent, and in a copy those that are still the same', () => {
  const text = '{"a":9223372036854775807,"b":[1.50,1.0],"c":-9007199254740993}';
  const original = readJson(text).value as JsonObject;
  assert.equal(lenientCanonicalJson(original), text);
  assert.equal(
    lenientCanonicalJson(keepWrittenNumbers(original, { a: original['a'] ?? null, c: 5 })),
    '{"a":9223372036854775807,"c":5}',
  );
  assert.equal(lenientCanonicalJson(readJson('[1e3,-0,-0.5e1]').value), '[1000,0,-5]');
});
