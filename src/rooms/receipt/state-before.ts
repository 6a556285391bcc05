// The state before an event: what its prev_events lead to.
// https://spec.matrix.org/v1.19/server-server-api/#definitions
import type { Pdu } from '../../events/pdu.ts';
import type { Change } from '../change.ts';

/**
 * The root of the state before `pdu`, or undefined if a prev_event is not here. Throws where branches with different states
 * meet: there the state would have to be resolved.
 */
export function stateBefore(change: Change, pdu: Pdu): number | undefined {
  const { data } = change;
  let root: number | undefined;
  for (const id of pdu.prevEvents) {
    const previous = data.byId(id);
    if (previous === undefined) return undefined;
    if (root !== undefined && root !== previous.rootAfter) {
      throw new Error(
        'an event joins branches of the room that hold different states, which would have to be resolved',
      );
    }
    root = previous.rootAfter;
  }
  return root ?? data.states.empty;
}
