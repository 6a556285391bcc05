// The persistent map against plain Maps: contents, differences, and the shape that follows from the content alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isLeaf, KEY_MAX, type NodeReader, type Place } from '../../../src/state/map/node.ts';
import { Reading } from '../../../src/state/map/reading.ts';
import { EMPTY, placeOf, type Root } from '../../../src/state/map/root.ts';
import { StateMap } from '../../../src/state/map/state-map.ts';
import { byKey, differenceOf, entryLists, histories, keys, play } from '../model.ts';
import { Rows } from '../rows.ts';

/** All of a map but the places of its nodes: heights, sizes, slots and values. */
function shapeOf(rows: Rows, root: Root): unknown {
  const map: NodeReader = new Reading(rows, new Map());
  const shape = (place: Place | undefined): unknown => {
    if (!place) return null;
    const node = map.node(place);
    return [node.height, node.size, isLeaf(node) ? node.values : node.children.map(shape)];
  };
  return root === EMPTY ? null : shape(placeOf(root));
}

test('any version of any history holds what a plain Map holds', () => {
  fc.assert(
    fc.property(histories, fc.array(keys), (history, others) => {
      const rows = new Rows();
      for (const { root, model } of play(new StateMap(rows), history)) {
        const map = new StateMap(rows);
        assert.deepEqual([...map.entries(root)], byKey(model));
        assert.equal(map.size(root), model.size);
        for (const key of [...model.keys(), ...others]) assert.equal(map.get(root, key), model.get(key));
      }
    }),
    { numRuns: 200 },
  );
});

test('any two versions of a history differ by what two plain Maps differ by, whatever their heights', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const map = new StateMap(new Rows());
      const versions = play(map, history);
      for (const before of versions)
        for (const after of versions) {
          assert.deepEqual([...map.difference(before.root, after.root)], differenceOf(before.model, after.model));
        }
    }),
    { numRuns: 100 },
  );
});

test('maps that share no history differ by what their contents differ by', () => {
  fc.assert(
    fc.property(entryLists, entryLists, (left, right) => {
      const map = new StateMap(new Rows());
      const difference = [...map.difference(map.build(left), map.build(right))];
      assert.deepEqual(difference, differenceOf(new Map(left), new Map(right)));
    }),
    { numRuns: 200 },
  );
});

test('the shape follows from the content, whatever came and went before', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const rows = new Rows();
      const map = new StateMap(rows);
      for (const { root, model } of play(map, history)) {
        const built = map.build(model);
        assert.deepEqual(shapeOf(rows, root), shapeOf(rows, built));
        assert.deepEqual([...map.difference(root, built)], []);
      }
    }),
    { numRuns: 150 },
  );
});

test('entries in any order build the same bytes, and of several for one key the last holds', () => {
  fc.assert(
    fc.property(entryLists, (entries) => {
      const [ordered, unordered] = [new Rows(), new Rows()];
      new StateMap(ordered).build(byKey(new Map(entries)));
      new StateMap(unordered).build(entries);
      assert.deepEqual(unordered.rows, ordered.rows);
    }),
    { numRuns: 100 },
  );
});

test('an edit appends one row if anything in the map becomes new, and none if nothing does', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const rows = new Rows();
      const map = new StateMap(rows);
      let root = EMPTY;
      for (const changes of history) {
        const before = rows.rows.length;
        const next = map.edit(root, changes);
        // A root that was stored before: the same, the empty one, or a part that is left when all beside it went.
        const stored = placeOf(next).row <= before;
        assert.equal(rows.rows.length - before, stored ? 0 : 1);
        if ([...map.difference(root, next)].length === 0) assert.equal(next, root);
        root = next;
      }
    }),
    { numRuns: 100 },
  );
});

test('a change that changes nothing writes nothing and answers the same root', () => {
  const rows = new Rows();
  const map = new StateMap(rows);
  const root = map.build([
    [1, 10],
    [500, 20],
  ]);
  assert.equal(
    map.edit(
      root,
      new Map([
        [1, 10],
        [99, undefined],
        [2 ** 27, undefined],
      ]),
    ),
    root,
  );
  assert.equal(map.edit(root, new Map()), root);
  assert.equal(rows.rows.length, 1);
});

test('removing the last entry gives the empty map', () => {
  const map = new StateMap(new Rows());
  assert.equal(map.edit(map.build([[70_000, 1]]), new Map([[70_000, undefined]])), EMPTY);
});

test('a map that grew higher for one key is the very map that it was when the key is gone', () => {
  const rows = new Rows();
  const map = new StateMap(rows);
  const root = map.build([
    [3, 1],
    [200, 2],
  ]);
  const grown = map.edit(root, new Map([[70_000, 3]]));
  assert.equal(map.edit(grown, new Map([[70_000, undefined]])), root);
  assert.equal(rows.rows.length, 2);
});

test('one edit may empty a leaf and then make the map several levels higher', () => {
  const map = new StateMap(new Rows());
  const root = map.build([
    [3, 1],
    [20, 2],
  ]);
  const after = map.edit(
    root,
    new Map([
      [20, undefined],
      [5000, 7],
    ]),
  );
  assert.deepEqual(
    [...map.entries(after)],
    [
      [3, 1],
      [5000, 7],
    ],
  );
  assert.equal(map.size(after), 2);
});

test('one edit may remove everything and set something far above, in any order', () => {
  fc.assert(
    fc.property(entryLists, entryLists, fc.boolean(), (before, after, removeFirst) => {
      const rows = new Rows();
      const map = new StateMap(rows);
      const set = new Map(after);
      const removals: [number, undefined][] = before.filter(([key]) => !set.has(key)).map(([key]) => [key, undefined]);
      const changes = removeFirst ? [...removals, ...set] : [...set, ...removals];
      const next = map.edit(map.build(before), new Map<number, number | undefined>(changes));
      assert.deepEqual(shapeOf(rows, next), shapeOf(rows, map.build(set)));
    }),
    { numRuns: 300 },
  );
});

test('keys reach up to the largest, and no further', () => {
  const rows = new Rows();
  const map = new StateMap(rows);
  const root = map.edit(map.build([[0, 1]]), new Map([[KEY_MAX, 2]]));
  assert.deepEqual(
    [...new StateMap(rows).entries(root)],
    [
      [0, 1],
      [KEY_MAX, 2],
    ],
  );
  const written = rows.rows.length;
  for (const key of [KEY_MAX + 1, 2 ** 32, -1, 0.5, NaN]) {
    assert.throws(
      () =>
        map.edit(
          root,
          new Map([
            [5, 5],
            [key, 1],
          ]),
        ),
      RangeError,
    );
    assert.equal(map.get(root, key), undefined);
  }
  for (const value of [-1, 0.5, NaN, 2 ** 53]) assert.throws(() => map.edit(root, new Map([[5, value]])), RangeError);
  assert.equal(rows.rows.length, written);
});

test('decoded nodes are forgotten when rows were undone', () => {
  const rows = new Rows();
  const map = new StateMap(rows);
  const undone = map.build([[1, 10]]);
  assert.equal(map.get(undone, 1), 10);
  rows.rows.pop();
  map.forget();
  const root = map.build([[1, 20]]);
  assert.equal(map.get(root, 1), 20);
});
