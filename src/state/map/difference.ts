// The difference of two state maps. Nodes that both share are passed over by their place alone.
import { isLeaf, type Node, type NodeReader, type Place, SLOTS } from './node.ts';
import { EMPTY, placeOf, type Root } from './root.ts';

export interface Difference {
  readonly key: number;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

export function* differenceOf(map: NodeReader, before: Root, after: Root): Generator<Difference> {
  if (before === after) return;
  const [left, right] = [nodeAt(map, before), nodeAt(map, after)];
  yield* compare(map, left, right, Math.max(left?.height ?? 0, right?.height ?? 0), 0);
}

/** Compares what two nodes hold below a common place of the tree, the keys of which begin with `base`. */
function* compare(
  map: NodeReader,
  left: Node | undefined,
  right: Node | undefined,
  height: number,
  base: number,
): Generator<Difference> {
  for (let slot = 0; slot < SLOTS; slot++) {
    const key = base * SLOTS + slot;
    if (height === 0) {
      const [before, after] = [valueIn(left, slot), valueIn(right, slot)];
      if (before !== after) yield { key, before, after };
      continue;
    }
    const [one, other] = [below(left, height, slot), below(right, height, slot)];
    if (same(one, other)) continue;
    yield* compare(map, resolve(map, one, height - 1), resolve(map, other, height - 1), height - 1, key);
  }
}

/** What stands in a slot: a node that is lower than `height` stands, whole, in slot 0. */
function below(node: Node | undefined, height: number, slot: number): Place | Node | undefined {
  if (!node) return undefined;
  if (node.height < height) return slot === 0 ? node : undefined;
  return isLeaf(node) ? undefined : node.children[slot];
}

function same(one: Place | Node | undefined, other: Place | Node | undefined): boolean {
  if (one === other) return true;
  if (!one || !other || 'height' in one || 'height' in other) return false;
  return one.row === other.row && one.offset === other.offset;
}

function resolve(map: NodeReader, at: Place | Node | undefined, height: number): Node | undefined {
  return !at || 'height' in at ? at : map.node(at, height);
}

function valueIn(node: Node | undefined, slot: number): number | undefined {
  return node && isLeaf(node) ? node.values[slot] : undefined;
}

function nodeAt(map: NodeReader, root: Root): Node | undefined {
  return root === EMPTY ? undefined : map.node(placeOf(root));
}
