// Token buckets, and how allowances are written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowanceText, DEFAULT_ALLOWANCES, readAllowance } from '../../../src/spec/rate-limits/allowances.ts';
import { Buckets } from '../../../src/spec/rate-limits/buckets.ts';
import { RATE_LIMIT_CLASSES } from '../../../src/spec/rate-limits/classes.ts';
import { read } from '../../tidy/source-files.ts';

const ALLOWANCE = { perSecond: 2, burst: 3 };

test('as many as the burst are taken at once, and then as many as come back', () => {
  const buckets = new Buckets();
  const take = (now: number): number => buckets.take('a', ALLOWANCE, now);
  assert.deepEqual([take(0), take(0), take(0), take(0)], [0, 0, 0, 500]);
  assert.equal(take(400), 100);
  assert.deepEqual([take(500), take(500)], [0, 500]);
  assert.deepEqual([take(60_000), take(60_000), take(60_000), take(60_000)], [0, 0, 0, 500]);
});

test('being refused costs nothing', () => {
  const buckets = new Buckets();
  for (let n = 0; n < 100; n++) buckets.take('a', ALLOWANCE, 0);
  assert.equal(buckets.take('a', ALLOWANCE, 500), 0);
});

test('each has a bucket of their own', () => {
  const buckets = new Buckets();
  for (let n = 0; n < 4; n++) buckets.take('a', ALLOWANCE, 0);
  assert.equal(buckets.take('b', ALLOWANCE, 0), 0);
});

test('what was not used is put back', () => {
  const buckets = new Buckets();
  for (let n = 0; n < 3; n++) buckets.take('a', ALLOWANCE, 0);
  buckets.giveBack('a', ALLOWANCE);
  assert.deepEqual([buckets.take('a', ALLOWANCE, 0), buckets.take('a', ALLOWANCE, 0)], [0, 500]);
});

test('only so many are remembered, and those of last use stay', () => {
  const buckets = new Buckets(3);
  const empty = (key: string): void => {
    for (let n = 0; n < 4; n++) buckets.take(key, ALLOWANCE, 0);
  };
  for (const key of ['a', 'b', 'c', 'd']) empty(key);
  assert.equal(buckets.size, 3);
  assert.equal(buckets.take('d', ALLOWANCE, 0), 500);
  assert.equal(buckets.take('a', ALLOWANCE, 0), 0);
});

test('an allowance is read as it is written, and nothing else is', () => {
  assert.deepEqual(readAllowance('0.5/20'), { perSecond: 0.5, burst: 20 });
  assert.equal(readAllowance('off'), undefined);
  for (const name of RATE_LIMIT_CLASSES)
    assert.deepEqual(readAllowance(allowanceText(DEFAULT_ALLOWANCES[name])), DEFAULT_ALLOWANCES[name]);
  for (const text of [
    '',
    '1',
    '0/1',
    '1/0',
    '-1/1',
    '1/1.5',
    '1/-1',
    'x/y',
    '1e9/1',
    'Infinity/1',
    '1/1 ',
    '99999999/1',
  ])
    assert.throws(() => readAllowance(text), text);
});

test('the page on rate limits says what the defaults are', () => {
  const rows = RATE_LIMIT_CLASSES.map(
    (name) => `| ${name} | ${allowanceText(DEFAULT_ALLOWANCES[name])} | \`rate-limit-${name}\` |`,
  );
  assert.ok(read('docs/rate-limits.md').includes(rows.join('\n')));
});
