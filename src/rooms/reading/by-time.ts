// GET /rooms/{roomId}/timestamp_to_event: the event nearest to a time.
// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidtimestamp_to_event
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import type { View } from '../visibility.ts';
import { EventFilter } from './event-filter.ts';
import { backward, forward, SCAN_MAX, type Seen } from './timeline.ts';

/**
 * Entries on either side of the place found that are looked at as well: the log is in the order of arrival, which is that of
 * the stamps but for clocks that were set and events that came late.
 */
const AROUND = 256;

export async function eventByTime(
  data: RoomData,
  view: Pick<View, 'sees'>,
  until: number,
  ts: number,
  direction: 'b' | 'f',
  breath: () => Promise<void>,
): Promise<StoredEvent | undefined> {
  const wish = { view, filter: new EventFilter({}, data.roomId), ignored: new Set<string>() };
  const place = placeOf(data, until, ts);
  let [low, high] = [Math.max(0, place - AROUND), Math.min(until, place + AROUND)];
  const walk = (from: number, to: number): Iterable<Seen> =>
    direction === 'f' ? forward(data, from, to, wish) : backward(data, to, from, wish);
  const near = best(walk(low, high), ts, direction);
  if (near !== undefined) return near;
  // Beyond, the first that fits is the nearest. A long stretch may be hidden from the viewer.
  while (direction === 'f' ? high < until : low > 0) {
    if (direction === 'f') [low, high] = [high, Math.min(until, high + SCAN_MAX)];
    else [low, high] = [Math.max(0, low - SCAN_MAX), low];
    const found = best(walk(low, high), ts, direction);
    if (found !== undefined) return found;
    await breath();
  }
  return undefined;
}

/** The last position whose event is older than `ts`, found by halving. */
function placeOf(data: RoomData, until: number, ts: number): number {
  let [low, high] = [0, until];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const stamp = stampAt(data, middle);
    if (stamp !== undefined && stamp >= ts) high = middle - 1;
    else low = middle;
  }
  return low;
}

function stampAt(data: RoomData, roomPos: number): number | undefined {
  const number = data.log.backward(roomPos, 0, 1)[0]?.number;
  return number === undefined ? undefined : data.byNumber(number)?.pdu.originServerTs;
}

/** The nearest to `ts` on its side; of those equally near the first that is met. */
function best(walk: Iterable<Seen>, ts: number, direction: 'b' | 'f'): StoredEvent | undefined {
  const away = ({ pdu }: StoredEvent): number =>
    direction === 'f' ? pdu.originServerTs - ts : ts - pdu.originServerTs;
  let found: StoredEvent | undefined;
  for (const { event, sight } of walk) {
    if (sight !== 'shown' || event === undefined || away(event) < 0) continue;
    if (found === undefined || away(event) < away(found)) found = event;
  }
  return found;
}
