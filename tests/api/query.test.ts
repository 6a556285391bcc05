// What query parameters hold. https://spec.matrix.org/v1.19/client-server-api/#pagination
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flagOf, limitOf, readQuery, wholeNumberOf } from '../../src/api/query.ts';
import { MatrixError } from '../../src/spec/errors.ts';

const BOUNDS = { fallback: 10, most: 100 };
const refusal = (error: unknown): boolean => error instanceof MatrixError && error.errcode === 'M_INVALID_PARAM';

test('a limit is taken to the nearest that is possible', () => {
  const limit = (text: string): number => limitOf(readQuery(text), BOUNDS);
  assert.deepEqual(
    ['', 'limit=', 'limit=0', 'limit=1', 'limit=100', 'limit=101', 'limit=1000000000'].map(limit),
    [10, 10, 1, 1, 100, 100, 100],
  );
});

test('a limit that is no whole number is refused', () => {
  for (const text of ['-1', '1.5', 'x', '1e9', '0x10', '%201', '+1', 'NaN', '9'.repeat(30), '1\n', '٣'])
    assert.throws(() => limitOf(readQuery(`limit=${text}`), BOUNDS), refusal, text);
});

test('a flag is true or false', () => {
  assert.deepEqual(
    ['', 'full_state=false', 'full_state=true'].map((text) => flagOf(readQuery(text), 'full_state')),
    [false, false, true],
  );
  for (const text of ['1', 'True', '', 'yes'])
    assert.throws(() => flagOf(readQuery(`full_state=${text}`), 'full_state'), refusal, text);
});

test('a parameter given twice must say the same', () => {
  assert.throws(() => readQuery('dir=b&dir=f'), refusal);
  assert.throws(() => readQuery('dir=b&x=1&%64ir=f'), refusal);
  assert.equal(readQuery('dir=b&dir=b').get('dir'), 'b');
  assert.deepEqual(readQuery('via=a&via=b').getAll('via'), ['a', 'b']);
});

test('what is encoded is decoded once', () => {
  assert.equal(readQuery('from=%2541').get('from'), '%41');
  assert.equal(wholeNumberOf(readQuery('timeout=%31'), 'timeout'), 1);
});
