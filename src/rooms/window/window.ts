// What a /sync shows of the room between two positions of its log, as JSON text: made once for all who see it alike.
// https://spec.matrix.org/v1.19/client-server-api/#syncing
import { forbidden } from '../../spec/errors.ts';
import type { RoomWindow, WindowRequest } from '../../ports/contracts/room-window.ts';
import { Bounded } from '../bounded.ts';
import { Bundles } from '../relations/bundles.ts';
import { EventFilter, pickFields } from '../reading/event-filter.ts';
import { MEMBERSHIPS_SHOWN_MAX, shownEvent, shownText, type Showing } from '../reading/shown-event.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import { membershipIn, View } from '../visibility.ts';
import { receiptsText } from './receipts.ts';
import { stateOf, type StatePart } from './state-part.ts';
import { heroesFor, summaryText } from './summary.ts';
import { timelineOf, type Timeline, type TimelineRange } from './timeline-part.ts';

const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 100;
const SHARED_KEPT = 16;
/** `unsigned.age` is counted when a window is made, so a shared one is soon made anew. */
const SHARED_FOR_MS = 2000;

interface Shared {
  readonly window: RoomWindow;
  readonly madeAt: number;
  /** Whose own events are in it: for them it looks different. */
  readonly senders: ReadonlySet<string>;
}

interface Made {
  readonly window: RoomWindow;
  /** Whose events are in it. */
  readonly senders: ReadonlySet<string>;
  /** Whether it shows what differs between viewers who are told apart by nothing else. */
  readonly personal: boolean;
}

/** The part of the log that a window is about. */
interface Range extends TimelineRange {
  /** 0 if the room is new to the viewer. */
  readonly after: number;
  readonly to: number;
  /** The last position whose state the viewer may know: after a leave and then a ban, that is the leave. */
  readonly stateUntil: number;
  /** The state that the viewer's client knows; undefined if none. */
  readonly known: number | undefined;
  /** The viewer's own leave or ban, which ends the window and is shown whatever the visibility. */
  readonly ending: number | undefined;
}

export class Windows {
  readonly #data: RoomData;
  readonly #shared = new Bounded<string, Shared>(SHARED_KEPT);

  constructor(data: RoomData) {
    this.#data = data;
  }

  window(request: WindowRequest): RoomWindow {
    const data = this.#data;
    const view = new View(data, request.viewer.userId);
    const range = rangeOf(data, request, view);
    const receiptsAfter = request.receiptsAfter === 'all' ? 0 : request.receiptsAfter;
    const receipts = receiptsAfter === undefined ? undefined : receiptsText(data, receiptsAfter, view);
    const key = this.#sharedKey(request, range);
    if (key === undefined) return { ...this.#make(request, range, view).window, receipts };
    const now = data.env.clock.now();
    const shared = this.#shared.get(key);
    if (shared !== undefined && Math.abs(now - shared.madeAt) < SHARED_FOR_MS && !shared.senders.has(view.userId)) {
      return { ...shared.window, receipts };
    }
    const { window, senders, personal } = this.#make(request, range, view);
    if (!personal && !senders.has(view.userId)) this.#shared.set(key, { window, madeAt: now, senders });
    return { ...window, receipts };
  }

  /** What the window depends on, for a viewer whom nothing tells from others: joined throughout, no wishes of their own. */
  #sharedKey(request: WindowRequest, range: Range): string | undefined {
    if (
      range.ending !== undefined ||
      request.fullState ||
      range.known === undefined ||
      request.viewer.ignored.length > 0
    )
      return undefined;
    const end = this.#data.log.rootAt(range.to) ?? this.#data.states.empty;
    if (range.known !== end) return undefined;
    if (new EventFilter(request.filter.state, this.#data.roomId).lazyLoadMembers) return undefined;
    return JSON.stringify([range.after, range.to, this.#data.redactions, request.stateAt, request.filter]);
  }

  #make(request: WindowRequest, range: Range, view: View): Made {
    const data = this.#data;
    const filter = new EventFilter(request.filter.timeline, data.roomId);
    const limit = Math.min(filter.limit ?? LIMIT_DEFAULT, LIMIT_MAX);
    const wish = { view, filter, ignored: new Set(request.viewer.ignored) };
    const timeline = timelineOf(data, range, wish, limit);
    const end = data.log.rootAt(range.to) ?? data.states.empty;
    const heroes =
      range.ending === undefined && (request.fullState || membersMayDiffer(range.known, end))
        ? heroesFor(data, view.userId)
        : undefined;
    const state = this.#state(request, range, timeline, heroes ?? []);
    // Where nothing is missing the client has all children itself. What comes after the window comes with the next one.
    const bundles = timeline.limited ? new Bundles(data, view, wish.ignored, range.to) : undefined;
    bundles?.load(timeline.events);
    const showing: Showing = {
      view,
      bundles,
      deviceId: request.viewer.deviceId,
      withRoomId: false,
      withMembership: true,
      format: request.filter.eventFormat,
      now: data.env.clock.now(),
    };
    const window: RoomWindow = {
      timeline: this.#array(timeline.events, showing, request),
      timelineCount: timeline.events.length,
      limited: timeline.limited,
      prevBatch: timeline.start,
      state: this.#array(state.events, showing, request),
      stateCount: state.events.length,
      summary: heroes === undefined ? undefined : summaryText(data, heroes),
      receipts: undefined,
      membersTold: state.membersTold,
    };
    return {
      window,
      senders: new Set(timeline.events.map((event) => event.pdu.sender)),
      personal: bundles?.any === true,
    };
  }

  #state(request: WindowRequest, range: Range, timeline: Timeline, heroes: readonly string[]): StatePart {
    const data = this.#data;
    // Who was never in the room is shown nothing of its state.
    if (
      range.ending !== undefined &&
      range.known === undefined &&
      data.members.get(request.viewer.userId)?.joinPos === undefined
    ) {
      return { events: [], membersTold: [] };
    }
    const at = Math.min(request.stateAt === 'end' ? range.to : timeline.start, range.stateUntil);
    return stateOf(
      data,
      {
        from: request.fullState ? undefined : range.known,
        to: data.log.rootAt(at) ?? data.states.empty,
        beforeTimeline: request.stateAt === 'start',
        filter: new EventFilter(request.filter.state, data.roomId),
        viewer: request.viewer.userId,
        knownMembers: new Set(request.knownMembers),
        heroes,
      },
      timeline,
    );
  }

  #array(events: readonly StoredEvent[], seen: Showing, request: WindowRequest): string {
    const showing = { ...seen, withMembership: events.length <= MEMBERSHIPS_SHOWN_MAX };
    const fields = request.filter.eventFields;
    const texts = events.map((event) =>
      fields === undefined
        ? shownText(this.#data, event, showing)
        : JSON.stringify(pickFields(shownEvent(this.#data, event, showing), fields)),
    );
    return `[${texts.join(',')}]`;
  }
}

/** Where the window lies, and what the viewer's client knows when it begins. */
function rangeOf(data: RoomData, request: WindowRequest, view: View): Range {
  const last = Math.min(request.to, data.head.roomPos);
  const end = data.log.rootAt(last) ?? data.states.empty;
  // What the asker believes may be out of date: who is out at the end of the range sees no further than the way out.
  const joined = view.standing(end).membership === 'join';
  const ending = joined ? undefined : data.stateEvent(end, 'm.room.member', view.userId);
  if (!joined && ending === undefined) throw forbidden('You are not in this room.');
  const to = ending?.roomPos ?? last;
  const left = ending === undefined ? undefined : data.members.get(view.userId)?.leftPos;
  const stateUntil = left === undefined ? to : Math.min(to, left);
  const root = request.after === undefined ? undefined : (data.log.rootAt(request.after) ?? data.states.empty);
  // Who was not in the room at the token knows nothing of it, whatever was in between.
  if (request.after === undefined || root === undefined || membershipIn(data, root, view.userId) !== 'join') {
    return { after: 0, to, stateUntil, known: undefined, ending: ending?.number };
  }
  return { after: request.after, to, stateUntil, known: root, ending: ending?.number };
}

function membersMayDiffer(known: number | undefined, end: number): boolean {
  return known === undefined || known !== end;
}
