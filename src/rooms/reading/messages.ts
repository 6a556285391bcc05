// GET /rooms/{roomId}/messages: pages through the room in arrival order.
// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmessages
import type { Requester } from '../../ports/contracts/requester.ts';
import type { MessagesPage, MessagesRequest } from '../../ports/contracts/room.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import { Bundles } from '../relations/bundles.ts';
import { View } from '../visibility.ts';
import { accessOf } from './access.ts';
import { EventFilter } from './event-filter.ts';
import { shownEvent, type Showing } from './shown-event.ts';
import { backward, forward, type Seen, type Wish } from './timeline.ts';

const LIMIT_MAX = 1000;

export function messagesPage(data: RoomData, by: Requester, request: MessagesRequest, now: number): MessagesPage {
  const access = accessOf(data, by.userId);
  const view = new View(data, by.userId);
  const filter = new EventFilter(request.filter, data.roomId);
  const wish: Wish = { view, filter, ignored: new Set(request.ignored) };
  const limit = Math.max(1, Math.min(request.limit, filter.limit ?? LIMIT_MAX, LIMIT_MAX));
  const pageOf = request.direction === 'b' ? pageBackward : pageForward;
  const page = pageOf(data, request, wish, limit, access.eventsUntil);
  const showing: Showing = {
    view,
    deviceId: by.deviceId,
    withRoomId: true,
    withMembership: true,
    format: 'client',
    bundles: new Bundles(data, view, wish.ignored, data.head.roomPos),
    now,
  };
  showing.bundles?.load(page.events);
  return {
    chunk: page.events.map((event) => shownEvent(data, event, showing)),
    start: page.start,
    end: page.end,
    state: filter.lazyLoadMembers ? membersOf(data, page.events, showing) : [],
  };
}

interface Page {
  readonly events: readonly StoredEvent[];
  readonly start: number;
  readonly end: number | undefined;
}

function pageBackward(data: RoomData, request: MessagesRequest, wish: Wish, limit: number, until: number): Page {
  const start = request.from ?? until;
  const stop = Math.max(0, request.to ?? 0);
  const { events, reached } = take(backward(data, Math.min(start, until), stop, wish), limit);
  const end = reached === undefined ? undefined : reached - 1;
  return { events, start, end: end !== undefined && end > stop ? end : undefined };
}

function pageForward(data: RoomData, request: MessagesRequest, wish: Wish, limit: number, until: number): Page {
  const start = request.from ?? 0;
  const stop = Math.min(until, request.to ?? until);
  const { events, reached } = take(forward(data, start, stop, wish), limit);
  return { events, start, end: reached !== undefined && reached < stop ? reached : undefined };
}

/** Takes what is shown until there are `limit`, and tells the last position looked at. */
function take(walk: Iterable<Seen>, limit: number): { events: StoredEvent[]; reached: number | undefined } {
  const events: StoredEvent[] = [];
  let reached: number | undefined;
  for (const { row, event, sight } of walk) {
    reached = row.roomPos;
    if (sight === 'shown' && event !== undefined) events.push(event);
    if (events.length === limit) break;
  }
  return { events, reached };
}

/** The member events of the senders, as of the newest event of the page. */
function membersOf(data: RoomData, events: readonly StoredEvent[], showing: Showing): JsonObject[] {
  const newest = events.toSorted((a, b) => a.number - b.number).at(-1);
  if (newest === undefined) return [];
  const state: JsonObject[] = [];
  for (const sender of new Set(events.map((event) => event.pdu.sender))) {
    const member = data.stateEvent(newest.rootAfter, 'm.room.member', sender);
    if (member !== undefined) state.push(shownEvent(data, member, showing));
  }
  return state;
}
