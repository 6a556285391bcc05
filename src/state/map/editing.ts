// Changes of a state map, gathered on copies of the nodes that they touch and then written together.
import { Writer } from './bytes.ts';
import { isLeaf, KEY_MAX, type Node, type NodeReader, type Place, SLOTS, writeInner, writeLeaf } from './node.ts';
import { type NodeStore, ROW_BYTES_MAX, ROW_MAX } from './node-store.ts';
import { EMPTY, placeOf, type Root, rootOf, slotOf } from './root.ts';

/** A node that may be changed. A child is where it stands stored, or a copy of it that was touched. */
interface Draft {
  readonly height: number;
  /** Where the node stands that this is a copy of: while nothing changes it is not written again. */
  readonly stored: Place | undefined;
  size: number;
  readonly values: (number | undefined)[];
  readonly children: (Place | Draft | undefined)[];
  changed: boolean;
}

/** More than any node takes: sixteen places of eleven bytes, or values of eight, and what stands before them. */
const NODE_BYTES_MAX = 256;

export class Editing {
  readonly #map: NodeReader;
  readonly #root: Root;
  #top: Draft | undefined;
  #changed = false;

  constructor(map: NodeReader, root: Root) {
    this.#map = map;
    this.#root = root;
    this.#top = root === EMPTY ? undefined : draftOf(map, placeOf(root));
  }

  set(key: number, value: number | undefined): void {
    if (!Number.isInteger(key) || key < 0 || key > KEY_MAX)
      throw new RangeError(`a key is an integer from 0 to ${KEY_MAX}`);
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 0))
      throw new RangeError('a value is a non-negative integer');
    if (value === undefined && (!this.#top || key >= SLOTS ** (this.#top.height + 1))) return;
    this.#top ??= empty(0);
    while (key >= SLOTS ** (this.#top.height + 1)) this.#top = above(this.#top);
    if (this.#put(this.#top, key, value) !== undefined) this.#changed = true;
  }

  /** Writes what changed. Answers the new root, or the old one if nothing did. */
  finish(store: NodeStore): Root {
    if (!this.#changed || !this.#top) return this.#root;
    let top: Draft | undefined = prune(this.#top);
    while (top && top.height > 0) {
      const only: Draft | undefined = this.#onlyFirst(top);
      if (!only) break;
      top = only;
    }
    if (!top) return EMPTY;
    return new Packing(store).write(top);
  }

  /** How many entries more there are (-1, 0 or 1), or undefined if nothing changed. Paths are copied only when something does. */
  #put(node: Draft, key: number, value: number | undefined): number | undefined {
    const more = node.height === 0 ? putInLeaf(node, slotOf(key, 0), value) : this.#putBelow(node, key, value);
    if (more === undefined) return undefined;
    node.size += more;
    node.changed = true;
    return more;
  }

  #putBelow(node: Draft, key: number, value: number | undefined): number | undefined {
    const slot = slotOf(key, node.height);
    let child = node.children[slot];
    if (!child) {
      if (value === undefined) return undefined;
      child = empty(node.height - 1);
    } else if (!('changed' in child)) {
      child = draftOf(this.#map, child, node.height - 1);
    }
    const more = this.#put(child, key, value);
    if (more !== undefined) node.children[slot] = child;
    return more;
  }

  /** The child in slot 0 if there is no other: then the node above is height that no key needs. */
  #onlyFirst(node: Draft): Draft | undefined {
    const [first, ...others] = node.children;
    if (!first || others.some((child) => child !== undefined)) return undefined;
    return 'changed' in first ? first : draftOf(this.#map, first, node.height - 1);
  }
}

/** Writes drafts from the leaves up, into one row or, for large builds, several. */
class Packing {
  readonly #store: NodeStore;
  #out = new Writer();
  /** Places in the row that is being written have this row until it has a number. */
  #open: { row: number }[] = [];

  constructor(store: NodeStore) {
    this.#store = store;
  }

  write(top: Draft): Root {
    const place = this.#node(top);
    this.#end();
    return rootOf(place);
  }

  #node(draft: Draft): Place {
    if (draft.stored && !draft.changed) return draft.stored;
    const children = draft.children.map((child) => (child && 'changed' in child ? this.#node(child) : child));
    if (this.#out.length + NODE_BYTES_MAX > ROW_BYTES_MAX) this.#end();
    const place = { row: 0, offset: this.#out.length };
    if (draft.height === 0) writeLeaf(this.#out, draft.values);
    else writeInner(this.#out, draft.height, draft.size, children);
    this.#open.push(place);
    return place;
  }

  #end(): void {
    if (this.#out.length === 0) return;
    const row = this.#store.append(this.#out.take());
    if (!(row >= 1 && row <= ROW_MAX)) throw new RangeError(`a row's number is from 1 to ${ROW_MAX}, not ${row}`);
    for (const place of this.#open) place.row = row;
    this.#open = [];
    this.#out = new Writer();
  }
}

function putInLeaf(leaf: Draft, slot: number, value: number | undefined): number | undefined {
  const before = leaf.values[slot];
  if (before === value) return undefined;
  leaf.values[slot] = value;
  return (value === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
}

function draftOf(map: NodeReader, stored: Place, height?: number): Draft {
  const node: Node = map.node(stored, height);
  const [values, children] = isLeaf(node) ? [[...node.values], []] : [[], [...node.children]];
  return { height: node.height, stored, size: node.size, values, children, changed: false };
}

function empty(height: number): Draft {
  const slots = new Array<undefined>(SLOTS).fill(undefined);
  const [values, children] = height === 0 ? [slots, []] : [[], slots];
  return { height, stored: undefined, size: 0, values, children, changed: false };
}

/** A node one level higher that holds `node` alone. */
function above(node: Draft): Draft {
  const higher = empty(node.height + 1);
  if (node.size > 0) higher.children[0] = node;
  higher.size = node.size;
  return higher;
}

/** Takes out what has become empty; undefined if nothing is left. */
function prune(node: Draft): Draft | undefined {
  for (const [slot, child] of node.children.entries()) {
    // Nodes that the map grew by are not changed themselves, and may hold what became empty before it grew.
    if (child && 'changed' in child) node.children[slot] = prune(child);
  }
  const used = node.height === 0 ? node.values : node.children;
  return used.some((slot) => slot !== undefined) ? node : undefined;
}
