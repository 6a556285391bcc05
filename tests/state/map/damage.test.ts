// Rows that are not what was written: told by name, and never a way down without an end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DamagedMapError } from '../../../src/state/map/node-store.ts';
import { EMPTY, type Root, rootOf } from '../../../src/state/map/root.ts';
import { StateMap } from '../../../src/state/map/state-map.ts';
import { Rows } from '../rows.ts';

type ReadingWay = (map: StateMap, root: Root, key: number) => unknown;

/** Looks at the top node alone. */
const sizeOf: ReadingWay = (map, root) => map.size(root);

/** Every way of reading a map. */
const readings: readonly ReadingWay[] = [
  sizeOf,
  (map, root, key) => map.get(root, key),
  (map, root) => [...map.entries(root)],
  (map, root) => [...map.difference(EMPTY, root)],
  (map, root) => [...map.difference(root, EMPTY)],
  (map, root, key) => map.edit(root, new Map([[key, 1]])),
  (map, root, key) => map.edit(root, new Map([[key, undefined]])),
];

const LEAF = [0, 0b1, 0, 7, 0];
const UP = (height: number, step: number, offset: number): number[] => [height, 0b1, 0, 1, 2 * step, 2 * offset];

/** Seven nodes above a leaf, each whole: one more than there may be. */
const TOWER = [1, 2, 3, 4, 5, 6, 7].reduce(
  ({ bytes, top }, height) => ({ bytes: [...bytes, ...UP(height, 0, top)], top: bytes.length }),
  { bytes: LEAF, top: 0 },
);

const damages: readonly [what: string, bytes: readonly number[], offset: number, says: RegExp][] = [
  ['a node that is its own child', [...LEAF, ...UP(1, 0, 5)], 5, /leads nowhere/],
  ['a child that stands after its parent', [...LEAF, ...UP(1, 0, 11), ...LEAF], 5, /leads nowhere/],
  ['a child in a later row', [...LEAF, ...UP(1, 2, 0)], 5, /leads nowhere/],
  ['an offset below zero', [...LEAF, 1, 0b1, 0, 1, 0, 1], 5, /leads nowhere/],
  ['a child that is two levels lower', [...LEAF, ...UP(2, 0, 0)], 5, /wrong height/],
  ['a child that is as high as its parent', [...LEAF, ...UP(1, 0, 0), ...UP(1, 0, 5)], 11, /wrong height/],
  ['a node higher than any', TOWER.bytes, TOWER.top, /too high/],
  ['a node without entries', [0, 0, 0, 7], 0, /empty/],
  ['a leaf that ends too early', LEAF.slice(0, 4), 0, /ends too early/],
  ['a root beyond the row', LEAF, 5, /ends too early/],
  ['a number that does not end', [0, 0b1, 0, ...new Array<number>(12).fill(0xff)], 0, /number is too large/],
  ['a number that does not end and stays small', [0, 0b1, 0, ...new Array<number>(400).fill(0x80)], 0, /is damaged/],
  ['a value larger than any', [0, 0b1, 0, ...new Array<number>(7).fill(0xff), 0x0f, 1], 0, /value is too large/],
];

for (const [what, bytes, offset, says] of damages) {
  test(`${what} is damage`, () => {
    for (const reading of readings.filter((one) => one !== sizeOf)) {
      const rows = new Rows();
      const row = rows.append(Uint8Array.from(bytes));
      assert.throws(
        () => reading(new StateMap(rows), rootOf({ row, offset }), 0),
        (error) => {
          assert.ok(error instanceof DamagedMapError, String(error));
          assert.match(error.message, says);
          return true;
        },
      );
    }
  });
}

test('a damaged byte or a lost end anywhere gives an answer or the error, from every way of reading', () => {
  const whole = new Rows();
  const map = new StateMap(whole);
  const built = map.build(Array.from({ length: 3000 }, (_, key) => [key * 3, key]));
  const root = map.edit(
    built,
    new Map([
      [17, 1],
      [4000, 2],
      [70_000, 3],
    ]),
  );
  const lengths = whole.rows.map((row) => row.length);
  const places = fc.nat(lengths.length - 1).chain((row) => fc.tuple(fc.constant(row), fc.nat(lengths[row]! - 1)));
  fc.assert(
    fc.property(places, fc.nat(255), fc.nat(2), fc.nat(9000), ([row, at], byte, lost, key) => {
      for (const reading of readings) {
        const rows = new Rows();
        for (const bytes of whole.rows) rows.append(bytes.slice());
        rows.rows[row]![at] = byte;
        rows.rows[row] = rows.rows[row]!.subarray(0, lengths[row]! - lost);
        try {
          reading(new StateMap(rows), root, key);
        } catch (error) {
          assert.ok(error instanceof DamagedMapError, String(error));
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('what the store throws for a row that it does not have comes through', () => {
  assert.throws(() => new StateMap(new Rows()).get(rootOf({ row: 9, offset: 0 }), 0), /there is no row 9/);
});
