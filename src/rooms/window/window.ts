// What a /sync shows of the room between two positions of its log, as JSON text: made once for all who see it alike.
// https://spec.matrix.org/v1.19/client-server-api/#syncing
import { forbidden } from '../../spec/errors.ts';
import type { RoomWindow, WindowRequest } from '../../ports/contracts/room-window.ts';
import { member } from '../../spec/json.ts';
import { Bounded } from '../bounded.ts';
import { Bundles } from '../relations/bundles.ts';
import { EventFilter, pickFields } from '../reading/event-filter.ts';
import { shownEvent, shownText, type Showing } from '../reading/shown-event.ts';
import type { RoomData } from '../room-data.ts';
import type { Head } from '../store/info.ts';
import type { StoredEvent } from '../stored-event.ts';
import { membershipIn, View } from '../visibility.ts';
import { AgedText } from './aged-text.ts';
import { ClassView } from './class-view.ts';
import { receiptsText } from './receipts.ts';
import { membersIn, stateOf, type StatePart, withEnding } from './state-part.ts';
import { type Heroes, heroesFor, heroesOf, summaryText } from './summary.ts';
import { timelineOf, type Timeline, type TimelineRange } from './timeline-part.ts';

const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 100;
/** Windows kept for others, small ones and those with a room's whole state; what is longer is not kept. */
const SMALL_KEPT = 16;
const LARGE_KEPT = 2;
const SMALL_CHARACTERS = 8_000;
const LARGE_CHARACTERS = 200_000;

/** How events of the state are shown. */
const PLAIN = { withRoomId: false, withMembership: false, format: 'client', now: 0 } as const;

/** A window as a class of viewers sees it, up to what each is told alone. */
interface Shared {
  readonly window: Omit<RoomWindow, 'timeline' | 'state' | 'summary' | 'receipts'>;
  readonly timeline: AgedText;
  readonly state: AgedText;
  readonly heroes: Heroes | undefined;
  readonly joined: number;
  readonly invited: number;
  /** Viewers who have been joined since then at the latest see it so. */
  readonly joinedBy: number;
  /** Whose events are in it, or missing: who ignores one of them sees something else. */
  readonly senders: ReadonlySet<string>;
  /** For lazy loading: the members that are told anyway, the state they are of, and whether each viewer is told their own. */
  readonly lazy: { readonly told: ReadonlySet<string>; readonly root: number; readonly tellsOwn: boolean } | undefined;
}

/** The events of a window, before they become text. */
interface Content {
  readonly timeline: Timeline;
  readonly state: StatePart;
  readonly stateRoot: number;
  readonly heroes: Heroes | undefined;
  readonly bundles: Bundles | undefined;
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
  readonly #small = new Bounded<string, Shared>(SMALL_KEPT);
  readonly #large = new Bounded<string, Shared>(LARGE_KEPT);

  constructor(data: RoomData) {
    this.#data = data;
  }

  window(request: WindowRequest): RoomWindow | undefined {
    const data = this.#data;
    const { epoch, receiptPos } = endOf(data);
    if (request.epoch !== epoch) return undefined;
    const view = new View(data, request.viewer.userId);
    const range = rangeOf(data, request, view);
    const receiptsAfter = request.receiptsAfter === 'all' ? 0 : request.receiptsAfter;
    const receipts =
      receiptsAfter === undefined || receiptsAfter >= receiptPos
        ? undefined
        : receiptsText(data, receiptsAfter, view, request.viewer.ignored);
    const shared = this.#sharedFor(request, range);
    return {
      ...(shared !== undefined && fits(shared, request, view)
        ? this.#fromShared(shared, request, view)
        : this.#own(request, range, view)),
      receipts,
    };
  }

  /** The window as joined viewers see it, made if need be; undefined if it is one viewer's alone. */
  #sharedFor(request: WindowRequest, range: Range): Shared | undefined {
    const { eventFields, eventFormat } = request.filter;
    if (range.ending !== undefined || eventFields !== undefined || eventFormat !== 'client') return undefined;
    if (request.knownMembers.length > 0) return undefined;
    const key = JSON.stringify([
      request.epoch,
      range.after,
      range.to,
      range.known === undefined,
      request.fullState,
      request.stateAt,
      this.#data.redactions,
      request.filter.timeline,
      request.filter.state,
    ]);
    const known = this.#small.get(key) ?? this.#large.get(key);
    if (known !== undefined) return known;
    const shared = this.#share(request, range);
    const length = shared === undefined ? Infinity : shared.timeline.length + shared.state.length;
    if (shared !== undefined && length <= SMALL_CHARACTERS) this.#small.set(key, shared);
    else if (shared !== undefined && length <= LARGE_CHARACTERS) this.#large.set(key, shared);
    return shared;
  }

  #share(request: WindowRequest, range: Range): Shared | undefined {
    const data = this.#data;
    const view = new ClassView(data);
    const content = this.#content(request, range, view, new Set());
    // What children come to differs between viewers.
    if (content.bundles?.any === true) return undefined;
    const { timeline, state, heroes, stateRoot } = content;
    const showing = { view, deviceId: undefined, ...PLAIN };
    const tellsOwn = request.fullState || range.known === undefined;
    return {
      window: windowFacts(content),
      timeline: new AgedText(data, timeline.events, { ...showing, withMembership: true }),
      state: new AgedText(data, state.events, showing),
      heroes,
      joined: data.head.joined,
      invited: data.head.invited,
      joinedBy: view.joinedBy,
      senders: new Set(
        [...timeline.events, ...(timeline.missing ? [timeline.missing] : [])].map(({ pdu }) => pdu.sender),
      ),
      lazy: isLazy(request) ? { told: new Set(membersIn(state.events)), root: stateRoot, tellsOwn } : undefined,
    };
  }

  #fromShared(shared: Shared, request: WindowRequest, view: View): RoomWindow {
    const { window, heroes, joined, invited } = shared;
    const reader = { view, deviceId: request.viewer.deviceId, now: this.#data.env.clock.now() };
    const chosen = heroes === undefined ? undefined : heroesFor(heroes, view.userId);
    const own = this.#ownMembers(shared, request, view, chosen ?? []);
    const state = [shared.state, own].map((part) => part.for(reader)).filter((text) => text !== '');
    return {
      ...window,
      timeline: `[${shared.timeline.for(reader)}]`,
      state: `[${state.join(',')}]`,
      stateCount: window.stateCount + own.count,
      summary: chosen === undefined ? undefined : summaryText(joined, invited, chosen),
      receipts: undefined,
    };
  }

  /** Members that this viewer is told under lazy loading and others are not: their own, and the heroes that they see. */
  #ownMembers({ lazy }: Shared, request: WindowRequest, view: View, heroes: readonly string[]): AgedText {
    const data = this.#data;
    const wanted = lazy === undefined ? [] : [...(lazy.tellsOwn ? [view.userId] : []), ...heroes];
    const missing = wanted.filter((userId) => lazy?.told.has(userId) === false);
    const filter = missing.length === 0 ? undefined : new EventFilter(request.filter.state, data.roomId);
    const events = missing.flatMap((userId) => {
      const event = data.stateEvent(lazy?.root ?? data.states.empty, 'm.room.member', userId);
      return event !== undefined && filter?.lets(event.pdu) === true ? event : [];
    });
    return new AgedText(data, events, { view, deviceId: undefined, ...PLAIN });
  }

  /** The window of a viewer who sees it as nobody else does. */
  #own(request: WindowRequest, range: Range, view: View): RoomWindow {
    const data = this.#data;
    const content = this.#content(request, range, view, new Set(request.viewer.ignored));
    const { timeline, state, heroes, bundles } = content;
    const showing: Showing = {
      view,
      bundles,
      deviceId: request.viewer.deviceId,
      withRoomId: false,
      withMembership: true,
      format: request.filter.eventFormat,
      now: data.env.clock.now(),
    };
    const { joined, invited } = endOf(data);
    return {
      ...windowFacts(content),
      timeline: this.#array(timeline.events, showing, request),
      state: this.#array(state.events, { ...showing, withMembership: false }, request),
      summary: heroes === undefined ? undefined : summaryText(joined, invited, heroesFor(heroes, view.userId)),
      receipts: undefined,
    };
  }

  #content(request: WindowRequest, range: Range, view: View, ignored: ReadonlySet<string>): Content {
    const data = this.#data;
    const filter = new EventFilter(request.filter.timeline, data.roomId);
    const limit = Math.min(filter.limit ?? LIMIT_DEFAULT, LIMIT_MAX);
    const timeline = timelineOf(data, range, { view, filter, ignored }, limit);
    const end = data.log.rootAt(range.to) ?? data.states.empty;
    const heroes =
      range.ending === undefined && (request.fullState || membersMayDiffer(range.known, end))
        ? heroesOf(data)
        : undefined;
    const at = Math.min(request.stateAt === 'end' ? range.to : timeline.start, range.stateUntil);
    const stateRoot = data.log.rootAt(at) ?? data.states.empty;
    const state = this.#state(request, range, stateRoot, timeline, heroes, view.userId);
    // Where nothing is missing the client has all children itself. What comes after the window comes with the next one.
    const bundles = timeline.limited ? new Bundles(data, view, ignored, range.to) : undefined;
    bundles?.load(timeline.events);
    return { timeline, state, stateRoot, heroes, bundles };
  }

  #state(
    request: WindowRequest,
    range: Range,
    root: number,
    timeline: Timeline,
    heroes: Heroes | undefined,
    viewer: string,
  ): StatePart {
    const data = this.#data;
    const wish = {
      from: request.fullState ? undefined : range.known,
      to: root,
      beforeTimeline: request.stateAt === 'start',
      filter: new EventFilter(request.filter.state, data.roomId),
      viewer,
      knownMembers: new Set(request.knownMembers),
      heroes: heroes === undefined ? [] : heroesFor(heroes, viewer),
    };
    // Who was never in the room is shown nothing of its state.
    const stranger =
      range.ending !== undefined &&
      range.known === undefined &&
      data.members.get(request.viewer.userId)?.joinPos === undefined;
    const state = stranger ? { events: [], membersTold: [] } : stateOf(data, wish, timeline);
    if (range.ending === undefined) return state;
    // What we were told from outside is in no timeline.
    const inTimeline = data.byNumber(range.ending)?.roomPos !== undefined;
    return wish.beforeTimeline && inTimeline ? state : withEnding(data, wish, state, range.ending);
  }

  #array(events: readonly StoredEvent[], showing: Showing, request: WindowRequest): string {
    const fields = request.filter.eventFields;
    const texts = events.map((event) =>
      fields === undefined
        ? shownText(this.#data, event, showing)
        : JSON.stringify(pickFields(shownEvent(this.#data, event, showing), fields)),
    );
    return `[${texts.join(',')}]`;
  }
}

function windowFacts({ timeline, state }: Content): Shared['window'] {
  return {
    timelineCount: timeline.events.length,
    limited: timeline.limited,
    prevBatch: timeline.start,
    stateCount: state.events.length,
    membersTold: state.membersTold,
  };
}

function fits(shared: Shared, request: WindowRequest, view: View): boolean {
  if (view.joinPos === undefined || view.joinPos > shared.joinedBy) return false;
  return !request.viewer.ignored.some((userId) => shared.senders.has(userId));
}

function isLazy(request: WindowRequest): boolean {
  return member(request.filter.state, 'lazy_load_members') === true;
}

/** Also of a room of which we know no more than our users' memberships. Throws 403 M_FORBIDDEN if there is not even that. */
function endOf(data: RoomData): Head {
  return data.known ?? data.head;
}

/** Where the window lies, and what the viewer's client knows when it begins. */
function rangeOf(data: RoomData, request: WindowRequest, view: View): Range {
  const last = Math.min(request.to, endOf(data).roomPos);
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
