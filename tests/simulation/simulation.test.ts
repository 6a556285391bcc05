// A few seeds of the simulator with every run of the tests; `npm run simulate -- --seeds 1000` does more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from './run.ts';

for (let seed = 1; seed <= 8; seed++) {
  test(`seed ${seed}: over crashes, power cuts and lost answers nothing acknowledged is lost or doubled`, async () => {
    const { wrong, ledger } = await simulate(seed, 20);
    assert.deepEqual(wrong.slice(0, 10), []);
    assert.ok(ledger.sends.length > 10, 'the clients had something to do');
  });
}

test('a server that answers before the disk has it is found out', async () => {
  const found: boolean[] = [];
  for (let seed = 1; seed <= 4; seed++)
    found.push((await simulate(seed, 30, 'acknowledge-before-sync')).wrong.length > 0);
  assert.ok(found.includes(true));
});

test('the same seed gives the same trace', async () => {
  const [first, second] = [await simulate(99, 10), await simulate(99, 10)];
  assert.equal(first.trace, second.trace);
  assert.equal(first.steps, second.steps);
});

test('another seed gives another trace', async () => {
  const [first, second] = [await simulate(1, 5), await simulate(2, 5)];
  assert.notEqual(first.trace, second.trace);
});
