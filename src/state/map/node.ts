// The nodes of a state map: a radix trie over small integers, sixteen ways at every level, sixteen entries in a leaf.
// Its shape follows from its content alone: no empty nodes, and no more height than the largest key needs.
//
// A node's bytes: its height (0: leaf), a bitmap of the sixteen slots in use, then
//   leaf   the least value, and of each slot how much its value is above that
//   inner  how many entries are below; of each slot, where the child is: its row (0: the row that this node is in) and its
//          offset there, each as the difference from the child before, which for maps built in one go is one byte
// Children are written before their parents, so a child never stands after its parent, and is exactly one level lower:
// whatever damage does to the bytes, a way down ends.
import type { Bytes, Writer } from './bytes.ts';
import { DamagedMapError, ROW_BYTES_MAX } from './node-store.ts';

export const SLOTS = 16;
const HEIGHT_MAX = 6;
/** The largest key: what six levels above the leaves have room for. */
export const KEY_MAX = SLOTS ** (HEIGHT_MAX + 1) - 1;

/** Where a node is. A root is one of these as a single integer: see `rootOf`. */
export interface Place {
  readonly row: number;
  readonly offset: number;
}

export interface Leaf {
  readonly height: 0;
  /** How many entries there are. */
  readonly size: number;
  /** By slot; undefined where there is none. */
  readonly values: readonly (number | undefined)[];
}

export interface Inner {
  readonly height: number;
  /** How many entries there are in all leaves below. */
  readonly size: number;
  readonly children: readonly (Place | undefined)[];
}

export type Node = Leaf | Inner;

/** Where nodes are read from. */
export interface NodeReader {
  /** The node at a place. Throws `DamagedMapError` if it is not whole, or not as high as the caller knows it must be. */
  node(place: Place, height?: number): Node;
}

export function isLeaf(node: Node): node is Leaf {
  return node.height === 0;
}

export function writeLeaf(out: Writer, values: readonly (number | undefined)[]): void {
  const present = values.filter((value) => value !== undefined);
  const least = Math.min(...present);
  out.byte(0);
  out.bitmap(values);
  out.varint(least);
  for (const value of present) out.varint(value - least);
}

/** `row` 0 in a place means the row that is being written. */
export function writeInner(out: Writer, height: number, size: number, children: readonly (Place | undefined)[]): void {
  out.byte(height);
  out.bitmap(children);
  out.varint(size);
  let [row, offset] = [0, 0];
  for (const child of children) {
    if (!child) continue;
    out.signed(child.row - row);
    out.signed(child.row === row ? child.offset - offset : child.offset);
    ({ row, offset } = child);
  }
}

/** Reads the node at `place`, where the cursor of `bytes` stands. */
export function readNode(bytes: Bytes, place: Place): Node {
  const height = bytes.byte();
  if (height > HEIGHT_MAX) throw new DamagedMapError('a node is too high');
  const bitmap = bytes.bitmap();
  if (bitmap === 0) throw new DamagedMapError('a node is empty');
  return height === 0 ? readLeaf(bytes, bitmap) : readInner(bytes, bitmap, height, place);
}

function readLeaf(bytes: Bytes, bitmap: number): Leaf {
  const values = new Array<number | undefined>(SLOTS).fill(undefined);
  const least = bytes.varint();
  let size = 0;
  for (let slot = 0; slot < SLOTS; slot++) {
    if (!(bitmap & (1 << slot))) continue;
    const value = least + bytes.varint();
    if (value > Number.MAX_SAFE_INTEGER) throw new DamagedMapError('a value is too large');
    values[slot] = value;
    size++;
  }
  return { height: 0, size, values };
}

function readInner(bytes: Bytes, bitmap: number, height: number, place: Place): Inner {
  const children = new Array<Place | undefined>(SLOTS).fill(undefined);
  const size = bytes.varint();
  let [row, offset] = [0, 0];
  for (let slot = 0; slot < SLOTS; slot++) {
    if (!(bitmap & (1 << slot))) continue;
    const step = bytes.signed();
    const at = bytes.signed();
    offset = step === 0 ? offset + at : at;
    row += step;
    const own = row === 0 || row === place.row;
    if (row < 0 || row > place.row || offset < 0 || offset >= (own ? place.offset : ROW_BYTES_MAX)) {
      throw new DamagedMapError('a node leads nowhere');
    }
    children[slot] = { row: own ? place.row : row, offset };
  }
  return { height, size, children };
}
