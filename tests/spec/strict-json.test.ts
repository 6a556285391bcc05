import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isObject, member, type Json } from '../../src/spec/json.ts';
import { JsonError, readJson, type JsonFault, type JsonLimits } from '../../src/spec/strict-json.ts';

function assertRefused(input: Uint8Array | string, reason: JsonFault, limits?: JsonLimits): void {
  assert.throws(
    () => readJson(input, limits),
    (error) => error instanceof JsonError && error.reason === reason,
  );
}

test('valid JSON without repeated names reads as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json(), fc.boolean(), (text, asBytes) => {
      assert.deepEqual(readJson(asBytes ? new TextEncoder().encode(text) : text).value, JSON.parse(text));
    }),
  );
});

test('what JSON.parse refuses is refused, whatever the text', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '"a"',
    '1',
    '-',
    '.',
    'e',
    'true',
    'null',
    ' ',
    '\\u',
    'd800',
    '0',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      if (!valid) assert.throws(() => readJson(text), JsonError);
    }),
    { numRuns: 2000 },
  );
});

test('a name that comes twice in an object is refused at any depth, however it is written', () => {
  for (const text of [
    '{"a":1,"a":2}',
    '[{"b":{"a":1,"c":2,"a":1}}]',
    '{"a":1,"\\u0061":1}',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":1}',
    '{"a":{"x":1,"y":{}},"a":1}',
    '{"1":1,"1":1}',
  ])
    assertRefused(text, 'duplicate-key');
});

test('any member repeated anywhere is refused', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
      fc.jsonValue(),
      fc.nat(),
      (object, value, nth) => {
        const names = Object.keys(object);
        const name = JSON.stringify(names[nth % names.length]);
        const inner = `${JSON.stringify(object).slice(0, -1)},${name}:${JSON.stringify(value)}}`;
        assertRefused(`[0,{"outer":${inner}}]`, 'duplicate-key');
      },
    ),
  );
});

test('equal names in different objects, and colons in text, are no repetition', () => {
  assert.deepEqual(readJson('{"a":{"a":[{"a":":,:"},{"a":"\\":"}]},"b:c":"\\\\"}').value, {
    a: { a: [{ a: ':,:' }, { a: '":' }] },
    'b:c': '\\',
  });
});

test('__proto__ and constructor are ordinary names without effect', () => {
  const { value } = readJson('{"__proto__":{"admin":true},"constructor":1,"a":{"__proto__":null}}');
  assert.ok(isObject(value));
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.deepEqual(member(value, '__proto__'), { admin: true });
  assert.equal(member(value, 'constructor'), 1);
  assert.equal(value['admin'], undefined);
  assert.equal(Reflect.get({}, 'admin'), undefined);
});

test('the size is in bytes and looked at before anything else', () => {
  assert.equal(readJson('"é"', { maxBytes: 4 }).value, 'é');
  assertRefused('"éé"', 'too-large', { maxBytes: 5 });
  assertRefused(new Uint8Array(65_537).fill(0xff), 'too-large', { maxBytes: 65_536 });
});

test('bytes that are not UTF-8 are refused', () => {
  for (const bytes of [
    [0x22, 0xff, 0x22],
    [0x22, 0xc3, 0x22],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
    [0x22, 0xc0, 0x80, 0x22],
    [0x22, 0xf8, 0x88, 0x80, 0x80, 0x80, 0x22],
  ]) {
    assertRefused(Uint8Array.from(bytes), 'not-utf8');
  }
});

test('a byte order mark, comments and trailing commas are no JSON', () => {
  for (const text of [
    '\ufeff{}',
    '{}//',
    '[1,]',
    '{"a":1,}',
    "{'a':1}",
    '[01]',
    '[+1]',
    '[1.]',
    '[NaN]',
    '',
    ' ',
    '{}{}',
    '"\t"',
    '[.5]',
    '[\u00a01]',
  ]) {
    assertRefused(new TextEncoder().encode(text), 'syntax');
  }
});

test('depth is bounded: the limit is taken, one more is not, and a hundred thousand do no harm', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  readJson(nested(100));
  assertRefused(nested(101), 'too-deep');
  assertRefused(nested(100_000), 'too-deep');
  assertRefused('[{"a":'.repeat(100_000), 'too-deep');
  assertRefused('{"a":[]}', 'too-deep', { maxDepth: 1 });
  readJson('[[],[],[[]],"[[[[["]', { maxDepth: 3 });
});

test('a lone surrogate is refused, escaped or not, in names as in values; a pair is taken', () => {
  for (const text of [
    '"\\udead"',
    '"\\ud800"',
    '["\\udc00\\ud800"]',
    '{"\\uD83D":1}',
    '"\\ud83d\\\\udc08"',
    '"\ud800"',
    '{"a":{"b":["\\ud800a"]}}',
  ]) {
    assertRefused(text, 'lone-surrogate');
  }
  assert.equal(readJson('"\\ud83d\\udc08"').value, '🐈');
  assert.equal(readJson('"\\\\ud800"').value, '\\ud800');
});

test('numbers written otherwise than as integers in range are noticed', () => {
  for (const token of [
    '1.0',
    '1e5',
    '1E5',
    '-0',
    '0.5',
    '9007199254740992',
    '-9007199254740992',
    '9007199254740993',
    '1e400',
    '-0.0',
    '0e0',
    '100000000000000000000',
  ]) {
    assert.equal(readJson(`{"a":[true,false,null,${token}]}`).integersOnly, false, token);
  }
  for (const token of ['0', '-1', '9007199254740991', '-9007199254740991', '10']) {
    assert.equal(readJson(`[${token}]`).integersOnly, true, token);
  }
  assert.equal(readJson('["1.5",true,false,null,"-0",{"1e5":"."}]').integersOnly, true);
});

test('which objects hold such a number is told for each, so that one event does not speak for the next', () => {
  const { value, withOtherNumbers } = readJson('{"pdus":[{"a":{"b":[1.0]}},{"a":{"b":[1]}}],"n":1}');
  assert.ok(isObject(value));
  const pdus = value['pdus'];
  assert.ok(Array.isArray(pdus));
  const held = pdus.map((pdu: Json) => isObject(pdu) && withOtherNumbers.has(pdu));
  assert.deepEqual(held, [true, false]);
  assert.equal(withOtherNumbers.has(value), true);
});
