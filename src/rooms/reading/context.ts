// GET /rooms/{roomId}/context/{eventId}: an event with what stands before and after it.
// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidcontexteventid
import type { ContextRequest } from '../../ports/contracts/room-relations.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import type { View } from '../visibility.ts';
import { EventFilter } from './event-filter.ts';
import { backward, forward, type Seen, type Wish } from './timeline.ts';

export interface Context {
  /** Newest first. */
  readonly before: readonly StoredEvent[];
  readonly after: readonly StoredEvent[];
  readonly start: number;
  readonly end: number;
  /** The state at the last event returned, in which the filter has no say yet. */
  readonly root: number;
  readonly filter: EventFilter;
}

/** The event must be one that the viewer sees. What the filter lets through is counted, half before and half after. */
export function contextOf(data: RoomData, view: View, event: StoredEvent, request: ContextRequest): Context {
  const filter = new EventFilter(request.filter, data.roomId);
  const wish: Wish = { view, filter, ignored: new Set(request.ignored) };
  const at = event.roomPos ?? 0;
  const limit = Math.min(request.limit, filter.limit ?? request.limit);
  const earlier = Math.floor(limit / 2);
  const before = take(backward(data, at - 1, 0, wish), earlier);
  const after = take(forward(data, at, data.head.roomPos, wish), limit - earlier);
  return {
    before,
    after,
    start: (before.at(-1)?.roomPos ?? at) - 1,
    end: after.at(-1)?.roomPos ?? at,
    root: (after.at(-1) ?? event).rootAfter,
    filter,
  };
}

function take(walk: Iterable<Seen>, limit: number): StoredEvent[] {
  const events: StoredEvent[] = [];
  if (limit === 0) return events;
  for (const { event, sight } of walk) {
    if (sight === 'shown' && event !== undefined) events.push(event);
    if (events.length === limit) break;
  }
  return events;
}
