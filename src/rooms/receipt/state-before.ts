// The state before an event: what its prev_events lead to.
// https://spec.matrix.org/v1.19/server-server-api/#definitions
import type { Pdu } from '../../events/pdu.ts';
import type { Change } from '../change.ts';

/**
 * The root of the state before `pdu`: what the states after its prev_events resolve to. Undefined if one is not here, or only
 * as an outlier, unless there is `claimed`: the state that another server says there is at that gap. It is resolved with what
 * we know ourselves, so that nobody replaces the room's state by keeping back what led to it.
 */
export function stateBefore(change: Change, pdu: Pdu, claimed?: number): number | undefined {
  const { data, head } = change;
  const roots: number[] = claimed === undefined ? [] : [claimed];
  const numbers = new Set<number>();
  let whole = true;
  for (const id of pdu.prevEvents) {
    const previous = data.byId(id);
    if (previous === undefined || previous.outlier) {
      if (claimed === undefined) return undefined;
      whole = false;
      continue;
    }
    roots.push(previous.rootAfter);
    numbers.add(previous.number);
  }
  // After all forward extremities that is the current state, which is known.
  const atEnd = numbers.size === head.extremities.length && head.extremities.every((number) => numbers.has(number));
  if (whole && atEnd) return head.root;
  return change.resolve(roots);
}
