import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forbidden, limitExceeded, MatrixError, unknownToken, unrecognized } from '../../src/spec/errors.ts';

test('an error is told with its code, its text and what the endpoint adds', () => {
  const error = new MatrixError(400, 'M_INVALID_PARAM', 'No.', { errcode: 'M_UNKNOWN', hint: 1 });
  assert.deepEqual(error.toJson(), { errcode: 'M_INVALID_PARAM', error: 'No.', hint: 1 });
  assert.ok(error instanceof Error);
});

test('the named errors have the status and the extra members of the specification', () => {
  assert.equal(forbidden().status, 403);
  assert.equal(unrecognized(405).status, 405);
  assert.deepEqual([limitExceeded(12.5).status, limitExceeded(12.5).toJson()['retry_after_ms']], [429, 13]);
  assert.equal(unknownToken(true).toJson()['soft_logout'], true);
  assert.equal('soft_logout' in unknownToken().toJson(), false);
});
