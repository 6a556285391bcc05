// The events that relate to one, directly or through others. https://spec.matrix.org/v1.19/client-server-api/#relationships-api
import type { RelationsRequest } from '../../ports/contracts/room-relations.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import type { View } from '../visibility.ts';

/** "Homeservers SHOULD traverse at least 3 levels of relationships." */
export const DEPTH = 3;
/** Children looked at for one page. */
const LOOKED_MAX = 2000;
/** Events collected where children of children are asked for. */
const COLLECTED_MAX = 5000;
const STEP = 100;

export interface Related {
  readonly events: readonly StoredEvent[];
  readonly next: number | undefined;
}

type Wanted = (event: StoredEvent) => boolean;

/** One page of the children, in the order of the log. */
export function children(data: RoomData, parent: StoredEvent, view: View, request: RelationsRequest): Related {
  const wanted = wantedBy(view, request);
  const newestFirst = request.direction === 'b';
  let { after, to } = rangeOf(data, request);
  const events: StoredEvent[] = [];
  for (let looked = 0; after < to; looked += STEP) {
    if (looked >= LOOKED_MAX) return { events, next: newestFirst ? to : after };
    const rows = data.relations.children(parent.number, {
      relType: request.relType,
      after,
      to,
      newestFirst,
      limit: STEP,
    });
    data.load(rows.map(({ number }) => number));
    for (const { number, roomPos } of rows) {
      const event = data.byNumber(number);
      if (event !== undefined && wanted(event)) {
        // One more than asked for shows that there is more.
        if (events.length === request.limit) return { events, next: newestFirst ? to : after };
        events.push(event);
      }
      if (newestFirst) to = roomPos - 1;
      else after = roomPos;
    }
    if (rows.length < STEP) break;
  }
  return { events, next: undefined };
}

/**
 * The same with the children of children. An event counts if it and all between it and the parent are wanted. Waits now and
 * then, so that a large family holds nobody up; what is added meanwhile may be seen or not.
 */
export async function descendants(
  data: RoomData,
  parent: StoredEvent,
  view: View,
  request: RelationsRequest,
  breath: () => Promise<void>,
): Promise<Related> {
  const wanted = wantedBy(view, request);
  const found = new Map<number, StoredEvent>([[parent.number, parent]]);
  const everything = {
    relType: request.relType,
    after: 0,
    to: data.head.roomPos,
    newestFirst: true,
    limit: COLLECTED_MAX,
  };
  let level = [parent];
  for (let depth = 0; depth < DEPTH && level.length > 0; depth += 1) {
    const next: StoredEvent[] = [];
    for (const [index, event] of level.entries()) {
      if (index % STEP === STEP - 1) await breath();
      if (found.size > COLLECTED_MAX) break;
      const rows = data.relations.children(event.number, everything).filter(({ number }) => !found.has(number));
      for (let at = 0; at < rows.length; at += STEP) {
        if (at > 0) await breath();
        for (const child of data.many(rows.slice(at, at + STEP).map(({ number }) => number))) {
          if (!wanted(child)) continue;
          found.set(child.number, child);
          next.push(child);
        }
      }
    }
    level = next;
  }
  found.delete(parent.number);
  return pageOf([...found.values()], rangeOf(data, request), request);
}

function pageOf(
  found: readonly StoredEvent[],
  range: { after: number; to: number },
  request: RelationsRequest,
): Related {
  const backwards = request.direction === 'b';
  const sorted = found
    .filter(({ roomPos }) => roomPos !== undefined && roomPos > range.after && roomPos <= range.to)
    .toSorted((a, b) => (backwards ? b.number - a.number : a.number - b.number));
  const events = sorted.slice(0, request.limit);
  const last = events.at(-1)?.roomPos;
  if (sorted.length <= request.limit || last === undefined) return { events, next: undefined };
  return { events, next: backwards ? last - 1 : last };
}

function rangeOf(data: RoomData, { direction, from, to }: RelationsRequest): { after: number; to: number } {
  const end = data.head.roomPos;
  if (direction === 'b') return { after: to ?? 0, to: Math.min(from ?? end, end) };
  return { after: from ?? 0, to: Math.min(to ?? end, end) };
}

function wantedBy(view: View, { eventType, ignored }: RelationsRequest): Wanted {
  const silent = new Set(ignored);
  return (event) =>
    view.sees(event) &&
    (event.pdu.stateKey !== undefined || !silent.has(event.pdu.sender)) &&
    (eventType === undefined || event.pdu.type === eventType);
}
