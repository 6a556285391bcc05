// An answer about very many rooms lets others have their turn. https://spec.matrix.org/v1.19/client-server-api/#syncing
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paced } from '../../src/sync/paced.ts';

/** A clock that each piece of work moves on. */
function clockOf() {
  const clock = {
    at: 0,
    now: () => clock.at,
    turns: 0,
    monotonic: () => clock.at,
    timer: (_ms: number, then: () => void) => {
      clock.turns++;
      setImmediate(then);
      return { cancel: () => undefined };
    },
  };
  return clock;
}

test('what takes long is done in pieces, and answered in order', async () => {
  const clock = clockOf();
  const done = await paced(clock, [1, 2, 3, 4, 5, 6], async (item) => {
    clock.at += 15;
    return item;
  });
  assert.deepEqual(done, [1, 2, 3, 4, 5, 6]);
  assert.equal(clock.turns, 3);
});

test('what only waits is begun all at once', async () => {
  const clock = clockOf();
  const gate = Promise.withResolvers<void>();
  let begun = 0;
  const all = paced(clock, [1, 2, 3], async () => {
    begun++;
    await gate.promise;
  });
  assert.equal(begun, 3);
  gate.resolve();
  await all;
  assert.equal(clock.turns, 0);
});

test('a failure before the pause is told, and is no loose end', async () => {
  const clock = clockOf();
  const failing = paced(clock, [1, 2], async (item) => {
    clock.at += 50;
    if (item === 1) throw new Error('the first');
  });
  await assert.rejects(failing, /the first/);
});
