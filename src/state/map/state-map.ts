// A room's states as persistent maps: from the room's own key numbers (one for each type and state key) to its own event
// numbers. Nodes are shared between states, all that one change makes new is one row, and two states are compared at the
// cost of what differs. See docs/decisions/0002-state-map.md.
import { Bytes } from './bytes.ts';
import { differenceOf, type Difference } from './difference.ts';
import { Editing } from './editing.ts';
import { isLeaf, type Node, type NodeReader, type Place, readNode, SLOTS } from './node.ts';
import type { NodeStore } from './node-store.ts';
import { EMPTY, placeOf, type Root, rootOf, slotOf } from './root.ts';

/** Nodes that were read last, decoded: the upper ones are on the way of nearly every read. */
const NODES_KEPT = 4096;

export class StateMap implements NodeReader {
  readonly #store: NodeStore;
  readonly #nodes = new Map<Root, Node>();

  constructor(store: NodeStore) {
    this.#store = store;
  }

  get(root: Root, key: number): number | undefined {
    if (root === EMPTY) return undefined;
    let node = this.node(placeOf(root));
    if (key >= SLOTS ** (node.height + 1)) return undefined;
    while (!isLeaf(node)) {
      const child: Place | undefined = node.children[slotOf(key, node.height)];
      if (!child) return undefined;
      node = this.node(child);
    }
    return node.values[slotOf(key, 0)];
  }

  /** Sets or (with undefined) removes entries, as one row. Answers the same root if nothing changes. */
  edit(root: Root, changes: ReadonlyMap<number, number | undefined>): Root {
    const editing = new Editing(this, root);
    for (const [key, value] of changes) editing.set(key, value);
    return editing.finish(this.#store);
  }

  /** A map of entries in any order; the last of several for one key holds. Rows are at most `ROW_BYTES_MAX` long. */
  build(entries: Iterable<readonly [key: number, value: number]>): Root {
    return this.edit(EMPTY, new Map(entries));
  }

  /** All entries, by key. */
  *entries(root: Root): Generator<readonly [key: number, value: number]> {
    if (root !== EMPTY) yield* this.#walk(placeOf(root), 0);
  }

  /** What differs between two maps, by key: found without looking at what they share. */
  difference(before: Root, after: Root): Generator<Difference> {
    return differenceOf(this, before, after);
  }

  /** The node at a place. */
  node(place: Place): Node {
    const name = rootOf(place);
    const known = this.#nodes.get(name);
    if (known) return known;
    const node = readNode(new Bytes(this.#store.read(place.row), place.offset), place.row);
    if (this.#nodes.size >= NODES_KEPT) this.#nodes.clear();
    this.#nodes.set(name, node);
    return node;
  }

  /** Forgets decoded nodes: rows that were undone with their transaction may be numbered anew. */
  forget(): void {
    this.#nodes.clear();
  }

  *#walk(place: Place, base: number): Generator<readonly [key: number, value: number]> {
    const node = this.node(place);
    for (let slot = 0; slot < SLOTS; slot++) {
      const key = base * SLOTS + slot;
      if (isLeaf(node)) {
        const value = node.values[slot];
        if (value !== undefined) yield [key, value];
      } else {
        const child = node.children[slot];
        if (child) yield* this.#walk(child, key);
      }
    }
  }
}
