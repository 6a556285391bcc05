// Nothing in a simulated run may ask the platform for time, chance or the network: its seed would not decide it any more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlatformUsed, withoutPlatform } from '../../src/runtime/simulation/poison.ts';

const TRIES: readonly (readonly [name: string, use: () => unknown])[] = [
  ['Date.now', () => Date.now()],
  ['new Date', () => new Date()],
  ['Math.random', () => Math.random()],
  ['performance.now', () => performance.now()],
  ['crypto.randomUUID', () => crypto.randomUUID()],
  ['setTimeout', () => clearTimeout(setTimeout(() => undefined, 1))],
  ['setInterval', () => clearInterval(setInterval(() => undefined, 1))],
  ['setImmediate', () => clearImmediate(setImmediate(() => undefined))],
  ['fetch', () => fetch('data:,').catch(() => undefined)],
];

for (const [name, use] of TRIES) {
  test(`${name} throws inside a simulation, also after an await, and works beside it`, async () => {
    await withoutPlatform(async () => {
      assert.throws(use, PlatformUsed);
      await Promise.resolve();
      assert.throws(use, PlatformUsed);
    });
    assert.doesNotThrow(use);
  });
}

test('a date that was named is still made inside a simulation', () => {
  assert.equal(
    withoutPlatform(() => new Date(0).toISOString()),
    '1970-01-01T00:00:00.000Z',
  );
});
