// The persistent map against a plain Map, its shape, its size, and what a comparison reads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DamagedMapError, ROW_BYTES_MAX } from '../../../src/state/map/node-store.ts';
import { EMPTY, placeOf } from '../../../src/state/map/root.ts';
import { StateMap } from '../../../src/state/map/state-map.ts';
import { Rows } from './rows.ts';

const key = fc.oneof(fc.nat(40), fc.nat(5000), fc.nat(2 ** 20));
const change = fc.tuple(key, fc.option(fc.integer({ min: 0, max: 2 ** 40 }), { nil: undefined }));
const histories = fc.array(fc.array(change, { maxLength: 12 }), { maxLength: 12 });

const sorted = (model: ReadonlyMap<number, number>): [number, number][] => [...model].sort(([left], [right]) => left - right);

function differenceOf(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>) {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort((left, right) => left - right);
  return keys.map((key) => ({ key, before: before.get(key), after: after.get(key) })).filter((entry) => entry.before !== entry.after);
}

test('any history of edits gives what a plain Map gives, and any two of its states their difference', () => {
  fc.assert(fc.property(histories, (history) => {
    const map = new StateMap(new Rows());
    const states = [{ root: EMPTY, model: new Map<number, number>() }];
    for (const changes of history) {
      const last = states.at(-1)!;
      const model = new Map(last.model);
      for (const [key, value] of changes) {
        if (value === undefined) model.delete(key);
        else model.set(key, value);
      }
      states.push({ root: map.edit(last.root, new Map(changes)), model });
    }
    for (const { root, model } of states) {
      assert.deepEqual([...map.entries(root)], sorted(model));
      for (const [key, value] of model) assert.equal(map.get(root, key), value);
      assert.equal(map.get(root, 2 ** 21), undefined);
    }
    for (const before of states) for (const after of states) {
      assert.deepEqual([...map.difference(before.root, after.root)], differenceOf(before.model, after.model));
    }
  }), { numRuns: 150 });
});

test('the shape follows from the content: whatever came and went, the same entries take the same height', () => {
  fc.assert(fc.property(fc.array(fc.tuple(key, fc.nat(1000)), { maxLength: 20 }), fc.array(key, { maxLength: 20 }), (entries, passing) => {
    const map = new StateMap(new Rows());
    const built = map.build(entries);
    const kept = new Map(entries);
    const strangers = passing.filter((key) => !kept.has(key));
    const grown = map.edit(built, new Map(strangers.map((key) => [key, 7])));
    const shrunk = map.edit(grown, new Map(strangers.map((key) => [key, undefined])));
    assert.deepEqual([...map.difference(built, shrunk)], []);
    if (built === EMPTY) assert.equal(shrunk, EMPTY);
    else assert.equal(map.node(placeOf(shrunk)).height, map.node(placeOf(built)).height);
  }), { numRuns: 150 });
});

test('a change that changes nothing writes nothing and answers the same root', () => {
  const rows = new Rows();
  const map = new StateMap(rows);
  const root = map.build([[1, 10], [500, 20]]);
  assert.equal(map.edit(root, new Map([[1, 10], [99, undefined], [2 ** 27, undefined]])), root);
  assert.equal(rows.rows.length, 1);
});

test('removing the last entry gives the empty map', () => {
  const map = new StateMap(new Rows());
  assert.equal(map.edit(map.build([[70_000, 1]]), new Map([[70_000, undefined]])), EMPTY);
});

test('with 100,000 entries a change is one row of at most 300 bytes in the mean and 400 at most', () => {
  const rows = new Rows();
  const map = new StateMap(rows);
  let root = map.build(Array.from({ length: 100_000 }, (_, key) => [key, key + 1]));
  const before = rows.rows.length;
  let key = 1;
  const sizes: number[] = [];
  for (let n = 0; n < 1000; n++) {
    key = (key * 48_271) % 2_147_483_647;
    root = map.edit(root, new Map([[key % 100_000, 200_000 + n]]));
    sizes.push(rows.rows.at(-1)!.length);
  }
  assert.equal(rows.rows.length, before + 1000);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  assert.ok(mean <= 300, `mean ${mean}`);
  assert.ok(Math.max(...sizes) <= 400, `largest ${Math.max(...sizes)}`);
});

test('a difference of ten reads few rows, whatever the size of the maps', () => {
  const rows = new Rows();
  const root = new StateMap(rows).build(Array.from({ length: 50_000 }, (_, key) => [key, key]));
  const changes = new Map(Array.from({ length: 10 }, (_, n) => [n * 4999, 1_000_000 + n]));
  const after = new StateMap(rows).edit(root, changes);
  rows.asked.clear();
  assert.equal([...new StateMap(rows).difference(root, after)].length, 10);
  assert.ok(rows.asked.size <= 2, `${rows.asked.size} rows`);
});

test('rows of a large build stay below the largest value that every storage takes', () => {
  const rows = new Rows();
  const map = new StateMap(rows);
  const root = map.build(Array.from({ length: 600_000 }, (_, key) => [key, (key * 7919) % 2 ** 40]));
  assert.ok(rows.rows.length > 1);
  assert.ok(rows.rows.every((row) => row.length <= ROW_BYTES_MAX));
  assert.equal(map.get(root, 599_999), (599_999 * 7919) % 2 ** 40);
});

test('damaged rows are told by name', () => {
  const whole = new Rows();
  const root = new StateMap(whole).build(Array.from({ length: 2000 }, (_, key) => [key, key]));
  fc.assert(fc.property(fc.nat(whole.rows[0]!.length - 1), fc.nat(255), fc.nat(1999), (at, byte, key) => {
    const rows = new Rows();
    const bytes = whole.rows[0]!.slice();
    bytes[at] = byte;
    rows.append(bytes.subarray(0, bytes.length - (byte % 3)));
    try {
      new StateMap(rows).get(root, key);
    } catch (error) {
      assert.ok(error instanceof DamagedMapError || /there is no row/.test(String(error)), String(error));
    }
  }), { numRuns: 500 });
});
