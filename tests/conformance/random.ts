// Randomness.
import assert from 'node:assert/strict';
import type { FrontWorld } from './world.ts';

interface RandomCheck {
  readonly name: string;
  run(world: { readonly env: Pick<FrontWorld['env'], 'random'> }): Promise<void>;
}

export const randomChecks: readonly RandomCheck[] = [
  {
    name: 'random bytes are as many as asked and not twice the same',
    async run({ env: { random } }) {
      assert.equal(random.bytes(0).length, 0);
      assert.equal(random.bytes(32).length, 32);
      assert.notDeepEqual(random.bytes(32), random.bytes(32));
    },
  },
  {
    name: 'many random bytes at once are all random',
    async run({ env: { random } }) {
      const bytes = random.bytes(200_000);
      assert.equal(bytes.length, 200_000);
      // The last of them too: platforms give them in pieces. 100 zeros in a row are no accident.
      for (const part of [bytes.subarray(0, 100), bytes.subarray(100_000, 100_100), bytes.subarray(199_900)])
        assert.ok(new Set(part).size > 20);
    },
  },
  {
    name: 'random bytes are their own: changing them changes nothing else',
    async run({ env: { random } }) {
      const bytes = random.bytes(16);
      const copy = bytes.slice();
      random.bytes(16).fill(0);
      assert.deepEqual(bytes, copy);
    },
  },
];
