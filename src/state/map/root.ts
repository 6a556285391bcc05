// Roots: where a map's top node is, as one integer.
import { type Place, SLOTS } from './node.ts';
import { ROW_BYTES_MAX } from './node-store.ts';

/** 0 is the empty map. The same root means the same map; different roots mean nothing until they are compared. */
export type Root = number;

export const EMPTY: Root = 0;

export function rootOf({ row, offset }: Place): Root {
  return row * ROW_BYTES_MAX + offset;
}

export function placeOf(root: Root): Place {
  return { row: Math.floor(root / ROW_BYTES_MAX), offset: root % ROW_BYTES_MAX };
}

/** The slot of `key` in a node of some height. */
export function slotOf(key: number, height: number): number {
  return Math.floor(key / SLOTS ** height) % SLOTS;
}
