// The timeline of a window: the newest events of a range that the viewer may see and wants, without a hole in it.
// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3sync
import type { RoomData } from '../room-data.ts';
import { backward, type Wish } from '../reading/timeline.ts';
import type { StoredEvent } from '../stored-event.ts';

export interface Timeline {
  /** Oldest first. */
  readonly events: readonly StoredEvent[];
  readonly limited: boolean;
  /** The room position just before the first event, or the end of the range if there is none. */
  readonly start: number;
  /** State events in the range that the filter kept out of the timeline, newest first. */
  readonly leftOut: readonly StoredEvent[];
  /** The event before the first that is seen to be missing. */
  readonly missing: StoredEvent | undefined;
}

export interface TimelineRange {
  readonly after: number;
  readonly to: number;
  /** The number of an event that is shown whatever the visibility, though not against the filter. */
  readonly ending: number | undefined;
}

/** How far to look for an earlier event that would make the timeline of a newly joined room `limited`. */
const LOOK_FURTHER = 100;

/** Whether events are missing between this one and those before it. */
function isAfterGap(data: RoomData, { pdu }: StoredEvent): boolean {
  if (!data.early.hasGaps) return false;
  return pdu.prevEvents.some((id) => data.byId(id)?.outlier !== false);
}

/**
 * Walks back from `to`. Stops at the limit, at something hidden from the viewer (whose state changes the timeline would
 * not show), at a change of the state without an event, and after a gap in the room's history; `limited` says whether there is more to see before that.
 */
export function timelineOf(data: RoomData, range: TimelineRange, wish: Wish, limit: number): Timeline {
  const events: StoredEvent[] = [];
  const leftOut: StoredEvent[] = [];
  let stopped = false;
  let limited = false;
  let further = 0;
  let missing: StoredEvent | undefined;
  let last = range.to + 1;
  for (const { row, event, sight } of backward(data, range.to, range.after, wish)) {
    last = row.roomPos;
    const shown = sight === 'shown' || (sight !== 'filtered' && event !== undefined && event.number === range.ending);
    if (stopped) {
      limited = shown;
      further += 1;
      if (shown) missing = event;
      if (limited || further >= LOOK_FURTHER) break;
    } else if (shown && event !== undefined) {
      if (events.length >= limit) {
        limited = true;
        missing = event;
        break;
      }
      events.push(event);
      // What stands before it in the log is not what happened before it.
      if (isAfterGap(data, event)) {
        limited = true;
        break;
      }
    } else if (sight === 'filtered') {
      if (event?.pdu.stateKey !== undefined) leftOut.push(event);
    } else {
      stopped = true;
    }
  }
  // What was not looked at may be visible: then the client has to ask.
  if (last > range.after + 1) limited = true;
  events.reverse();
  const first = events[0]?.roomPos;
  return { events, limited, start: first === undefined ? range.to : first - 1, leftOut, missing };
}
