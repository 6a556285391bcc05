// Which forward extremities an event leaves. https://spec.matrix.org/v1.19/server-server-api/#rejection
// Rejected and soft-failed events are never extremities. What follows them follows what they follow.
import type { Pdu } from '../events/pdu.ts';
import type { RoomData } from './room-data.ts';
import type { StoredEvent } from './stored-event.ts';

/** Events out of sight that one event is looked through, so that a long chain of them holds nobody up. */
const LOOKED_THROUGH_MAX = 1000;

/** The extremities that an event does not follow, neither directly nor through events that are out of sight. */
export function besides(data: RoomData, pdu: Pdu, extremities: readonly number[]): StoredEvent[] {
  const covered = new Set(pdu.prevEvents);
  for (const id of covered) {
    if (covered.size > LOOKED_THROUGH_MAX) break;
    const previous = data.byId(id);
    if (previous === undefined || previous.outlier || previous.verdict === 'accepted') continue;
    for (const further of previous.pdu.prevEvents) covered.add(further);
  }
  return extremities.flatMap((number) => {
    const extremity = data.byNumber(number);
    return extremity === undefined || covered.has(extremity.pdu.eventId) ? [] : extremity;
  });
}

/** Whether an accepted event that came before this one follows it, directly or through events that are out of sight. */
export function isFollowed(data: RoomData, eventId: string): boolean {
  const met = new Set([eventId]);
  for (const id of met) {
    for (const number of data.early.childrenOf(id)) {
      const child = data.byNumber(number);
      if (child === undefined || child.outlier || !child.pdu.prevEvents.includes(id)) continue;
      if (child.verdict === 'accepted') return true;
      if (met.size < LOOKED_THROUGH_MAX) met.add(child.pdu.eventId);
    }
  }
  return false;
}

/**
 * Whether an event whose past is not here was known before as what others build on, be it state or an auth event: somebody
 * brings up what the room has long gone beyond, and it is no end of the room.
 */
export function isPast(data: RoomData, pdu: Pdu, known: StoredEvent | undefined): boolean {
  if (known?.outlier !== true) return false;
  return pdu.prevEvents.some((id) => data.byId(id)?.outlier !== false);
}
