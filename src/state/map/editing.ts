// Changes of a state map, gathered on copies of the nodes that they touch and then written together.
import { Writer } from './bytes.ts';
import { isLeaf, type Node, type NodeReader, type Place, SLOTS, writeInner, writeLeaf } from './node.ts';
import { type NodeStore, ROW_BYTES_MAX } from './node-store.ts';
import { EMPTY, placeOf, type Root, rootOf, slotOf } from './root.ts';

/** A node that may be changed. A child is where it stands stored, or a copy of it that was touched. */
interface Draft {
  height: number;
  readonly values: (number | undefined)[];
  readonly children: (Place | Draft | undefined)[];
  changed: boolean;
}

/** Rows are ended here, so that the nodes of one more path still fit. */
const ROW_BYTES_FULL = ROW_BYTES_MAX - 4096;

export class Editing {
  readonly #map: NodeReader;
  readonly #root: Root;
  #top: Draft | undefined;
  #changed = false;

  constructor(map: NodeReader, root: Root) {
    this.#map = map;
    this.#root = root;
    this.#top = root === EMPTY ? undefined : draftOf(map.node(placeOf(root)));
  }

  set(key: number, value: number | undefined): void {
    if (!Number.isSafeInteger(key) || key < 0) throw new RangeError('a key is a non-negative integer');
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 0)) throw new RangeError('a value is a non-negative integer');
    if (value === undefined && (!this.#top || key >= SLOTS ** (this.#top.height + 1))) return;
    this.#top ??= empty(0);
    while (key >= SLOTS ** (this.#top.height + 1)) this.#top = above(this.#top);
    if (this.#put(this.#top, key, value)) this.#changed = true;
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

  /** Whether anything changed. Paths are copied only when something does. */
  #put(node: Draft, key: number, value: number | undefined): boolean {
    const slot = slotOf(key, node.height);
    if (node.height === 0) {
      if (node.values[slot] === value) return false;
      node.values[slot] = value;
      node.changed = true;
      return true;
    }
    let child = node.children[slot];
    if (!child) {
      if (value === undefined) return false;
      child = empty(node.height - 1);
    } else if (!('changed' in child)) {
      child = draftOf(this.#map.node(child));
    }
    const changed = this.#put(child, key, value);
    if (changed) {
      node.children[slot] = child;
      node.changed = true;
    }
    return changed;
  }

  /** The child in slot 0 if there is no other: then the node above is height that no key needs. */
  #onlyFirst(node: Draft): Draft | undefined {
    const [first, ...others] = node.children;
    if (!first || others.some((child) => child !== undefined)) return undefined;
    if ('changed' in first) return first;
    // A stored node becomes the root as it is; it is copied only because the root is written with this row.
    return draftOf(this.#map.node(first));
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
    const children = draft.children.map((child) => (child && 'changed' in child ? this.#node(child) : child));
    if (this.#out.length > ROW_BYTES_FULL) this.#end();
    const place = { row: 0, offset: this.#out.length };
    if (draft.height === 0) writeLeaf(this.#out, draft.values);
    else writeInner(this.#out, draft.height, children);
    this.#open.push(place);
    return place;
  }

  #end(): void {
    if (this.#out.length === 0) return;
    const row = this.#store.append(this.#out.take());
    for (const place of this.#open) place.row = row;
    this.#open = [];
    this.#out = new Writer();
  }
}

function draftOf(node: Node): Draft {
  return isLeaf(node)
    ? { height: 0, values: [...node.values], children: [], changed: false }
    : { height: node.height, values: [], children: [...node.children], changed: false };
}

function empty(height: number): Draft {
  const slots = new Array<undefined>(SLOTS).fill(undefined);
  return height === 0 ? { height, values: slots, children: [], changed: false } : { height, values: [], children: slots, changed: false };
}

/** A node one level higher that holds `node` alone. */
function above(node: Draft): Draft {
  const higher = empty(node.height + 1);
  if (node.changed || node.values.some((value) => value !== undefined) || node.children.some((child) => child !== undefined)) higher.children[0] = node;
  return higher;
}

/** Takes out what has become empty; undefined if nothing is left. */
function prune(node: Draft): Draft | undefined {
  for (const [slot, child] of node.children.entries()) {
    if (child && 'changed' in child && child.changed) node.children[slot] = prune(child);
  }
  const used = node.height === 0 ? node.values : node.children;
  return used.some((slot) => slot !== undefined) ? node : undefined;
}
