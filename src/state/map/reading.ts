// One operation's way to the nodes of a state map. A row is asked for once, however many of its nodes are visited: what a
// large build wrote is one long row, and fetching it anew for every node would cost more than everything else.
import { Bytes } from './bytes.ts';
import { type Node, type NodeReader, type Place, readNode } from './node.ts';
import { DamagedMapError, type NodeStore } from './node-store.ts';
import { type Root, rootOf } from './root.ts';

/** How many decoded nodes are kept between operations: half a megabyte when all are full. */
const NODES_KEPT = 1024;
/** How many bytes of rows one operation holds at a time. */
const BYTES_HELD = 2 ** 22;

export class Reading implements NodeReader {
  readonly #store: NodeStore;
  readonly #nodes: Map<Root, Node>;
  #rows: Map<number, Uint8Array> | undefined;
  #held = 0;

  /** `nodes` are those decoded before, and are added to. */
  constructor(store: NodeStore, nodes: Map<Root, Node>) {
    this.#store = store;
    this.#nodes = nodes;
  }

  node(place: Place, height?: number): Node {
    const name = rootOf(place);
    const known = this.#nodes.get(name);
    const node = known ?? readNode(new Bytes(this.#row(place.row), place.offset), place);
    if (height !== undefined && node.height !== height) throw new DamagedMapError('a node is at the wrong height');
    if (!known) {
      if (this.#nodes.size >= NODES_KEPT) this.#nodes.clear();
      this.#nodes.set(name, node);
    }
    return node;
  }

  #row(row: number): Uint8Array {
    this.#rows ??= new Map();
    const held = this.#rows.get(row);
    if (held) return held;
    const bytes = this.#store.read(row);
    if (this.#held + bytes.length > BYTES_HELD) {
      this.#rows.clear();
      this.#held = 0;
    }
    this.#rows.set(row, bytes);
    this.#held += bytes.length;
    return bytes;
  }
}
