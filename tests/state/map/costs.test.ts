// What the persistent map costs in rows and bytes: these decide what a change of state and a look at one cost on storage.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROW_BYTES_MAX } from '../../../src/state/map/node-store.ts';
import { StateMap } from '../../../src/state/map/state-map.ts';
import { Rows } from '../rows.ts';

const MEMBERS = 100_000;

/** Pseudo-random numbers below `limit`, the same every time. */
function* numbers(limit: number): Generator<number, never> {
  for (let state = 1; ;) {
    state = (state * 48_271) % 2_147_483_647;
    yield state % limit;
  }
}

const ascending = (key: number): number => key + 1;
const scattered = (key: number): number => ((key * 48_271) % 2_147_483_647) % 1_000_000;

function large(rows: Rows, valueOf: (key: number) => number): number {
  return new StateMap(rows).build(Array.from({ length: MEMBERS }, (_, key) => [key, valueOf(key)]));
}

function edited(rows: Rows, root: number, times: number): number {
  const map = new StateMap(rows);
  const random = numbers(MEMBERS);
  let last = root;
  for (let n = 0; n < times; n++) last = map.edit(last, new Map([[random.next().value, 2_000_000 + n]]));
  return last;
}

for (const [name, valueOf] of [
  ['in order', ascending],
  ['out of order', scattered],
] as const) {
  test(`with 100,000 members who came ${name} a change is one row of at most 300 bytes in the mean and 400 at most`, () => {
    const rows = new Rows();
    const root = large(rows, valueOf);
    const built = rows.rows.length;
    edited(rows, root, 1000);
    const sizes = rows.rows.slice(built).map((row) => row.length);
    assert.equal(sizes.length, 1000);
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    assert.ok(mean <= 300, `mean ${mean}`);
    assert.ok(Math.max(...sizes) <= 400, `largest ${Math.max(...sizes)}`);
  });
}

test('a large build is split into rows that are nearly full and never too long', () => {
  const rows = new Rows();
  const root = large(rows, scattered);
  const sizes = rows.rows.map((row) => row.length);
  assert.ok(sizes.length > 1);
  assert.ok(
    sizes.every((size) => size <= ROW_BYTES_MAX),
    `largest ${Math.max(...sizes)}`,
  );
  assert.ok(sizes.slice(0, -1).every((size) => size >= ROW_BYTES_MAX - 256));
  for (const key of [0, 1, 50_000, MEMBERS - 1]) assert.equal(new StateMap(rows).get(root, key), scattered(key));
});

test('an edit of everything is split as a build is, and the map is whole', () => {
  const rows = new Rows();
  const root = large(rows, ascending);
  const after = new StateMap(rows).edit(
    root,
    new Map(Array.from({ length: MEMBERS }, (_, key) => [key, scattered(key)])),
  );
  assert.ok(rows.rows.every((row) => row.length <= ROW_BYTES_MAX));
  let key = 0;
  for (const entry of new StateMap(rows).entries(after)) assert.deepEqual(entry, [key, scattered(key++)]);
  assert.equal(key, MEMBERS);
});

test('a difference of ten after one edit reads the row of the edit and each row of the build at most once', () => {
  const rows = new Rows();
  const before = large(rows, ascending);
  const built = rows.rows.length;
  const after = new StateMap(rows).edit(
    before,
    new Map(Array.from({ length: 10 }, (_, n) => [n * 9999, 3_000_000 + n])),
  );
  rows.reads.length = 0;
  assert.equal([...new StateMap(rows).difference(before, after)].length, 10);
  assert.ok(rows.reads.length <= built + 1, `${rows.reads.length} reads`);
});

test('a difference of ten after a long history reads at most the ten paths of five nodes, no row twice', () => {
  const rows = new Rows();
  const before = edited(rows, large(rows, ascending), 3000);
  const after = new StateMap(rows).edit(
    before,
    new Map(Array.from({ length: 10 }, (_, n) => [n * 9999, 3_000_000 + n])),
  );
  rows.reads.length = 0;
  assert.equal([...new StateMap(rows).difference(before, after)].length, 10);
  assert.equal(new Set(rows.reads).size, rows.reads.length);
  // The new row, the old root's row, and four more nodes on the way to each of the ten.
  assert.ok(rows.reads.length <= 2 + 10 * 4, `${rows.reads.length} reads`);
});

test('equal roots are compared without reading', () => {
  const rows = new Rows();
  const root = large(rows, ascending);
  rows.reads.length = 0;
  assert.deepEqual([...new StateMap(rows).difference(root, root)], []);
  assert.deepEqual(rows.reads, []);
});

test('a value is read with one read for each row on its way, and again with none', () => {
  const rows = new Rows();
  const root = edited(rows, large(rows, ascending), 1000);
  const map = new StateMap(rows);
  rows.reads.length = 0;
  map.get(root, 12_345);
  assert.ok(rows.reads.length <= 5, `${rows.reads.length} reads`);
  rows.reads.length = 0;
  map.get(root, 12_345);
  assert.deepEqual(rows.reads, []);
});

test('all entries are read with one read for each row that holds some', () => {
  const rows = new Rows();
  const root = edited(rows, large(rows, ascending), 1000);
  rows.reads.length = 0;
  for (const entry of new StateMap(rows).entries(root)) assert.equal(entry.length, 2);
  assert.equal(new Set(rows.reads).size, rows.reads.length);
});
