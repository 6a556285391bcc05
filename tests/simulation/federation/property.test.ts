// Rooms of several servers come together: whatever the network did, whoever crashed, and whatever a hostile server said.
// `npm run simulate -- --seed S` explains one seed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Marks } from './marks.ts';
import { PLANTS } from './planted.ts';
import { planOf, STEPS } from './plan.ts';
import { play } from './play.ts';

const SEEDS = 200;
const SEEDS_A_TEST = 20;
const TWICE = 10;
/** Seeds that found what is not mended yet: see docs/compliance/simulation.md. */
const KNOWN: ReadonlySet<number> = new Set([185]);

const marks = new Marks();
for (let first = 1; first <= SEEDS; first += SEEDS_A_TEST) {
  test(`seeds ${first} to ${first + SEEDS_A_TEST - 1}: honest servers end in one state, with all that was acknowledged, and show nobody too much`, async () => {
    for (let seed = first; seed < first + SEEDS_A_TEST; seed++) {
      if (KNOWN.has(seed)) continue;
      const { wrong, marks: seen } = await play(planOf(seed, STEPS));
      marks.add(seen);
      assert.deepEqual(wrong.slice(0, 5), [], `npm run simulate -- --seed ${seed}`);
    }
  });
}

test('the seeds came to everything that several servers are to bring', () => {
  assert.deepEqual(marks.missing(), []);
});

test(`${TWICE} seeds give the same traces when they are run again`, async () => {
  for (let seed = 1001; seed <= 1000 + TWICE; seed++) {
    const [first, second] = [await play(planOf(seed, STEPS)), await play(planOf(seed, STEPS))];
    assert.deepEqual([second.trace, second.steps], [first.trace, first.steps], `seed ${seed}`);
  }
});

for (const [name, { file, there }] of Object.entries(PLANTS))
  test(`the planted bug ${name} still finds its place in the source`, () => {
    const source = readFileSync(new URL(`../../../src/${file}`, import.meta.url), 'utf8');
    assert.equal(source.split(there).length, 2);
  });
