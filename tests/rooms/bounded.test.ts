// The map that forgets what was not used.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bounded } from '../../src/rooms/bounded.ts';

test('what is used again and again stays, however much else comes', () => {
  const map = new Bounded<string, number>(10);
  map.set('kept', 1);
  for (let n = 0; n < 1000; n++) {
    map.set(`other ${n}`, n);
    assert.equal(map.get('kept'), 1);
  }
});

test('no more is kept than it may hold, and the last half of it is', () => {
  const map = new Bounded<number, number>(10);
  for (let n = 0; n < 1000; n++) map.set(n, n);
  const kept = Array.from({ length: 1000 }, (_, n) => n).filter((n) => map.get(n) !== undefined);
  assert.ok(kept.length <= 10, `${kept.length} are kept`);
  assert.deepEqual(kept.slice(-5), [995, 996, 997, 998, 999]);
});

test('a new value stands for the key at once, whichever generation knew it, and a deleted one for none', () => {
  for (let others = 0; others < 12; others++) {
    const map = new Bounded<string, number>(10);
    map.set('key', 1);
    for (let n = 0; n < others; n++) map.set(`other ${n}`, n);
    map.set('key', 2);
    assert.equal(map.get('key'), 2);
    map.delete('key');
    assert.equal(map.get('key'), undefined);
  }
});
