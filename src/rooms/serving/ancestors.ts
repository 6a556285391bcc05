// Walks the graph backwards from events along their prev_events, in bounded steps.
// https://spec.matrix.org/v1.19/server-server-api/#backfilling-and-retrieving-missing-events
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';

/** Events that one walk may look at, so that a stretch of rejected ones holds nobody up. */
const LOOKED_AT_MAX = 2000;

/**
 * The given events that are here and what precedes them, the deepest first, until `limit` have been found for which `wanted`
 * holds. A rejected event is passed through and never found.
 */
export function backwardsFrom(data: RoomData, eventIds: readonly string[], limit: number): StoredEvent[] {
  const found: StoredEvent[] = [];
  const met = new Set<string>();
  const front: StoredEvent[] = [];
  const meet = (ids: readonly string[]): void => {
    for (const id of ids) {
      if (met.has(id) || met.size >= LOOKED_AT_MAX) continue;
      met.add(id);
      const event = data.byId(id);
      if (event !== undefined && !event.outlier) front.push(event);
    }
  };
  meet(eventIds);
  while (found.length < limit) {
    const next = takeDeepest(front);
    if (next === undefined) break;
    if (next.verdict !== 'rejected') found.push(next);
    meet(next.pdu.prevEvents);
  }
  return found;
}

/**
 * "A breadth-first walk of the prev_events for the latest_events, ignoring any events in earliest_events and stopping at the
 * limit." In the order of the walk.
 */
export function between(
  data: RoomData,
  gap: {
    readonly latest: readonly string[];
    readonly earliest: readonly string[];
    readonly minDepth: number;
    readonly limit: number;
  },
): StoredEvent[] {
  const met = new Set([...gap.earliest, ...gap.latest]);
  const found: StoredEvent[] = [];
  let front = gap.limit > 0 ? gap.latest.flatMap((id) => data.byId(id) ?? []) : [];
  while (front.length > 0) {
    const next: StoredEvent[] = [];
    for (const id of front.flatMap((event) => event.pdu.prevEvents)) {
      if (met.has(id)) continue;
      if (met.size >= LOOKED_AT_MAX) return found;
      met.add(id);
      const event = data.byId(id);
      if (event === undefined || event.outlier || event.pdu.depth < gap.minDepth) continue;
      next.push(event);
      if (event.verdict !== 'rejected' && found.push(event) >= gap.limit) return found;
    }
    front = next;
  }
  return found;
}

/** The deepest, and of those the one that came last. Fronts are small: a room's branches, and what they merge. */
function takeDeepest(front: StoredEvent[]): StoredEvent | undefined {
  let best = 0;
  for (const [index, event] of front.entries()) {
    const other = front[best]!;
    if (event.pdu.depth > other.pdu.depth || (event.pdu.depth === other.pdu.depth && event.number > other.number))
      best = index;
  }
  return front.splice(best, 1)[0];
}
