// What the states disagree about. https://spec.matrix.org/v1.19/rooms/v2/#definitions
import type { Root } from '../map/root.ts';
import type { StateMap } from '../map/state-map.ts';

export interface ConflictedState {
  /** One of the states. All of them agree with it about every key that is not conflicted. */
  readonly base: Root;
  /** For each key about which they disagree: what each state has there, in the order of the states. */
  readonly keys: ReadonlyMap<number, readonly (number | undefined)[]>;
  readonly count: number;
}

/** Compares every state with the first, so it costs what differs between them. `roots` is not empty. */
export function conflictedState(map: StateMap, roots: readonly Root[]): ConflictedState {
  const [base, ...others] = roots;
  if (base === undefined) throw new Error('there is no state to resolve');
  const keys = new Map<number, (number | undefined)[]>();
  others.forEach((root, index) => {
    for (const { key, before, after } of map.difference(base, root)) {
      let values = keys.get(key);
      if (values === undefined) keys.set(key, (values = new Array<number | undefined>(roots.length).fill(before)));
      values[index + 1] = after;
    }
  });
  return { base, keys, count: roots.length };
}

/** The events of the conflicted state set. */
export function conflictedEvents(conflict: ConflictedState): Set<number> {
  const events = new Set<number>();
  for (const values of conflict.keys.values())
    for (const number of values) if (number !== undefined) events.add(number);
  return events;
}
