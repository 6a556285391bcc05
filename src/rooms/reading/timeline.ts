// Walks the log for what a viewer may see of it, in arrival order, in bounded steps.
import { DUMMY_EVENT } from '../../events/dummy-event.ts';
import type { EventFilter } from './event-filter.ts';
import type { RoomData } from '../room-data.ts';
import type { LogRow } from '../store/log.ts';
import type { StoredEvent } from '../stored-event.ts';
import type { View } from '../visibility.ts';

/** Log entries read at a time. */
const STEP = 64;
/** Log entries that one read may look at, so that a long hidden stretch holds nobody up. */
export const SCAN_MAX = 2000;

export type Sight = 'shown' | 'filtered' | 'hidden' | 'none';

export interface Seen {
  readonly row: LogRow;
  readonly event: StoredEvent | undefined;
  /** `hidden`: the viewer may not see it; `filtered`: the viewer does not want it; `none`: the entry has no event. */
  readonly sight: Sight;
}

export interface Wish {
  readonly view: Pick<View, 'sees'>;
  readonly filter: EventFilter;
  readonly ignored: ReadonlySet<string>;
}

export function sightOf(event: StoredEvent, wish: Wish): Sight {
  if (event.pdu.type === DUMMY_EVENT) return 'filtered';
  if (!wish.view.sees(event)) return 'hidden';
  // State must reach everybody; only what ignored users say does not.
  if (event.pdu.stateKey === undefined && wish.ignored.has(event.pdu.sender)) return 'filtered';
  return wish.filter.lets(event.pdu) ? 'shown' : 'filtered';
}

/** The log from `to` back to just after `after`, newest first, at most `SCAN_MAX` entries. */
export function* backward(data: RoomData, to: number, after: number, wish: Wish): Generator<Seen> {
  let from = to;
  for (let scanned = 0; scanned < SCAN_MAX && from > after;) {
    const rows = data.log.backward(from, after, STEP);
    yield* seen(data, rows, wish);
    const last = rows[rows.length - 1];
    if (last === undefined) return;
    from = last.roomPos - 1;
    scanned += rows.length;
  }
}

/** The log from just after `after` up to `to`, oldest first, at most `SCAN_MAX` entries. */
export function* forward(data: RoomData, after: number, to: number, wish: Wish): Generator<Seen> {
  let from = after;
  for (let scanned = 0; scanned < SCAN_MAX && from < to;) {
    const rows = data.log.forward(from, to, STEP);
    yield* seen(data, rows, wish);
    const last = rows[rows.length - 1];
    if (last === undefined) return;
    from = last.roomPos;
    scanned += rows.length;
  }
}

function* seen(data: RoomData, rows: readonly LogRow[], wish: Wish): Generator<Seen> {
  data.load(rows.flatMap((row) => (row.number === undefined ? [] : [row.number])));
  for (const row of rows) {
    const event = row.kind === 'event' && row.number !== undefined ? data.byNumber(row.number) : undefined;
    yield { row, event, sight: event === undefined ? 'none' : sightOf(event, wish) };
  }
}
