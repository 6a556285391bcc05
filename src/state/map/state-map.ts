// A room's states as persistent maps: from the room's own key numbers (one for each type and state key) to its own event
// numbers. Nodes are shared between states, all that one change makes new is one row, and two states are compared at the
// cost of what differs. See docs/decisions/0002-state-map.md.
import { differenceOf, type Difference } from './difference.ts';
import { Editing } from './editing.ts';
import { isLeaf, type Node, type NodeReader, type Place, SLOTS } from './node.ts';
import type { NodeStore } from './node-store.ts';
import { Reading } from './reading.ts';
import { EMPTY, placeOf, type Root, slotOf } from './root.ts';

/**
 * Keys are integers from 0 to `KEY_MAX` (2^28 - 1), values are non-negative safe integers. Every call throws
 * `DamagedMapError` where it meets bytes that are not a map's, and what the store throws for a row that is not there.
 */
export class StateMap {
  readonly #store: NodeStore;
  /** Nodes decoded last: the upper ones are on the way of nearly every read. */
  readonly #nodes = new Map<Root, Node>();

  constructor(store: NodeStore) {
    this.#store = store;
  }

  /** The value of a key; undefined if there is none, as for what is no key at all. */
  get(root: Root, key: number): number | undefined {
    if (root === EMPTY || !Number.isInteger(key)) return undefined;
    const map = this.#reading();
    let node = map.node(placeOf(root));
    if (key >= SLOTS ** (node.height + 1)) return undefined;
    while (!isLeaf(node)) {
      const child: Place | undefined = node.children[slotOf(key, node.height)];
      if (!child) return undefined;
      node = map.node(child, node.height - 1);
    }
    return node.values[slotOf(key, 0)];
  }

  /** How many entries there are: read from the top node. */
  size(root: Root): number {
    return root === EMPTY ? 0 : this.#reading().node(placeOf(root)).size;
  }

  /**
   * Sets or (with undefined) removes entries. What becomes new is one row, or several where `ROW_BYTES_MAX` is too little.
   * Answers the same root if nothing changes. Throws a `RangeError`, and writes nothing, for a key or value out of range.
   */
  edit(root: Root, changes: ReadonlyMap<number, number | undefined>): Root {
    const editing = new Editing(this.#reading(), root);
    for (const [key, value] of changes) editing.set(key, value);
    return editing.finish(this.#store);
  }

  /** A map of entries in any order; the last of several for one key holds. */
  build(entries: Iterable<readonly [key: number, value: number]>): Root {
    return this.edit(EMPTY, new Map(entries));
  }

  /** All entries, by key. What they are read from is not kept in memory. */
  *entries(root: Root): Generator<readonly [key: number, value: number]> {
    if (root === EMPTY) return;
    const map = new Reading(this.#store, new Map());
    yield* walk(map, map.node(placeOf(root)), 0);
  }

  /** What differs between two maps, by key: found without looking at what they share. */
  difference(before: Root, after: Root): Generator<Difference> {
    return differenceOf(this.#reading(), before, after);
  }

  /** Forgets decoded nodes: rows that were undone with their transaction may be numbered anew. */
  forget(): void {
    this.#nodes.clear();
  }

  #reading(): Reading {
    return new Reading(this.#store, this.#nodes);
  }
}

/** The entries below a node, the keys of which begin with `base`. */
function* walk(map: NodeReader, node: Node, base: number): Generator<readonly [key: number, value: number]> {
  for (let slot = 0; slot < SLOTS; slot++) {
    const key = base * SLOTS + slot;
    if (isLeaf(node)) {
      const value = node.values[slot];
      if (value !== undefined) yield [key, value];
    } else {
      const child = node.children[slot];
      if (child) yield* walk(map, map.node(child, node.height - 1), key);
    }
  }
}
