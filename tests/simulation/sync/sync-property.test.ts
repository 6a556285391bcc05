// The property of /sync: whatever is sent, changed, joined, left, lost and crashed, a client's replica is the room as that user
// may see it. 200 seeds in both modes with every run of the tests; `npm run simulate -- --seed S` explains one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODES } from '../../../src/runtime/simulation/making.ts';
import { Marks } from './marks.ts';
import { planOf, STEPS } from './operations.ts';
import { play } from './play.ts';

const SEEDS = 200;
const SEEDS_A_TEST = 20;
const TWICE = 25;

for (const mode of MODES) {
  const marks = new Marks();
  for (let first = 1; first <= SEEDS; first += SEEDS_A_TEST) {
    test(`${mode}, seeds ${first} to ${first + SEEDS_A_TEST - 1}: every replica is the server's room, each event and message once`, async () => {
      for (let seed = first; seed < first + SEEDS_A_TEST; seed++) {
        const { wrong, marks: seen } = await play(planOf(seed, STEPS), mode);
        marks.add(seen);
        assert.deepEqual(wrong.slice(0, 5), [], `npm run simulate -- --seed ${seed} --mode ${mode}`);
      }
    });
  }

  test(`${mode}: the seeds came to everything that a storm is to bring`, () => {
    assert.deepEqual(marks.missing(), []);
  });

  test(`${mode}: ${TWICE} seeds give the same traces when they are run again`, async () => {
    for (let seed = 1001; seed <= 1000 + TWICE; seed++) {
      const [first, second] = [await play(planOf(seed, 40), mode), await play(planOf(seed, 40), mode)];
      assert.deepEqual([second.trace, second.steps], [first.trace, first.steps], `seed ${seed}`);
    }
  });
}
