// The state before an event: what its prev_events lead to.
// https://spec.matrix.org/v1.19/server-server-api/#definitions
import type { Pdu } from '../../events/pdu.ts';
import type { Change } from '../change.ts';

/** The root of the state before `pdu`: what the states after its prev_events resolve to. Undefined if one is not here. */
export function stateBefore(change: Change, pdu: Pdu): number | undefined {
  const { data, head } = change;
  const roots: number[] = [];
  const numbers = new Set<number>();
  for (const id of pdu.prevEvents) {
    const previous = data.byId(id);
    if (previous === undefined) return undefined;
    roots.push(previous.rootAfter);
    numbers.add(previous.number);
  }
  // After all forward extremities that is the current state, which is known.
  if (numbers.size === head.extremities.length && head.extremities.every((number) => numbers.has(number)))
    return head.root;
  return change.resolve(roots);
}
