// A few seeds of the simulator with every run of the tests, in both modes; `npm run simulate -- --seeds 1000` does more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODES } from '../../src/runtime/simulation/making.ts';
import { simulate } from './run.ts';

for (const mode of MODES) {
  for (let seed = 1; seed <= 5; seed++) {
    test(`${mode}, seed ${seed}: over crashes, power cuts and lost answers nothing acknowledged is lost or doubled`, async () => {
      const { wrong, ledger } = await simulate(seed, mode, 20);
      assert.deepEqual(wrong.slice(0, 10), []);
      assert.ok(ledger.sends.length > 10, 'the clients had something to do');
    });
  }

  test(`${mode}: a server that answers before the disk has it is found out`, async () => {
    const found: boolean[] = [];
    for (let seed = 1; seed <= 20 && !found.includes(true); seed++)
      found.push((await simulate(seed, mode, 30, 'answer-before-sync')).wrong.length > 0);
    assert.ok(found.includes(true));
  });

  test(`${mode}: the same seed gives the same trace`, async () => {
    for (let seed = 100; seed < 112; seed++) {
      const [first, second] = [await simulate(seed, mode, 5), await simulate(seed, mode, 5)];
      assert.equal(first.trace, second.trace);
      assert.equal(first.steps, second.steps);
    }
  });
}

test('another seed gives another trace', async () => {
  const [first, second] = [await simulate(1, 'node', 5), await simulate(2, 'node', 5)];
  assert.notEqual(first.trace, second.trace);
});
