// What clients may read of a room. Every read is by requester, room, event and the state at that event.
// https://spec.matrix.org/v1.19/client-server-api/#getting-events-for-a-room
import { redactedPdu } from '../../events/redacted-pdu.ts';
import { breath } from '../../ports/clock.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type {
  ContextRequest,
  EventContext,
  FoundByTime,
  RelationsPage,
  RelationsRequest,
  ThreadsPage,
  ThreadsRequest,
} from '../../ports/contracts/room-relations.ts';
import type {
  LogEntry,
  MembershipsPage,
  MessagesPage,
  MessagesRequest,
  RoomReading,
} from '../../ports/contracts/room.ts';
import type { RoomWindow, WindowRequest } from '../../ports/contracts/room-window.ts';
import { forbidden, notFound } from '../../spec/errors.ts';
import { member, type JsonObject } from '../../spec/json.ts';
import { entriesAfter, membershipOf } from '../delivery/entries.ts';
import { Memberships } from '../delivery/memberships.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import { View } from '../visibility.ts';
import { Windows } from '../window/window.ts';
import { Bundles } from '../relations/bundles.ts';
import { children, DEPTH, descendants } from '../relations/related.ts';
import { threadRoots } from '../relations/thread-list.ts';
import { accessOf, mayRead, rootAtFor } from './access.ts';
import { eventByTime } from './by-time.ts';
import { contextOf } from './context.ts';
import type { EventFilter } from './event-filter.ts';
import { messagesPage } from './messages.ts';
import { MEMBERSHIPS_SHOWN_MAX, shownEvent, type Showing } from './shown-event.ts';

type MemberFilter = Parameters<RoomReading['members']>[1];

/** Log entries in one answer. */
const LOG_BATCH = 500;
/** Events listed before others have a turn. */
const PIECE = 500;

export class Reading implements RoomReading {
  readonly #data: RoomData;
  readonly #windows: Windows;
  readonly #memberships: Memberships;

  constructor(data: RoomData) {
    this.#data = data;
    this.#windows = new Windows(data);
    this.#memberships = new Memberships(data);
  }

  async event(by: Requester, eventId: string, ignored?: readonly string[]): Promise<JsonObject> {
    const showing = this.#showing(by, ignored);
    return shownEvent(this.#data, this.#seen(showing.view, eventId), showing);
  }

  async context(by: Requester, request: ContextRequest): Promise<EventContext> {
    const data = this.#data;
    const showing = this.#showing(by, request.ignored);
    const event = this.#seen(showing.view, request.eventId);
    const { before, after, start, end, root, filter } = contextOf(data, showing.view, event, request);
    const shown = [event, ...before, ...after];
    showing.bundles?.load(shown);
    const show = (one: StoredEvent): JsonObject => shownEvent(data, one, showing);
    return {
      event: show(event),
      before: before.map(show),
      after: after.map(show),
      start,
      end,
      state: await this.#contextState(by, root, filter, shown),
    };
  }

  async relations(by: Requester, request: RelationsRequest): Promise<RelationsPage> {
    const showing = this.#showing(by, request.ignored);
    const parent = this.#seen(showing.view, request.eventId);
    const { events, next } =
      request.recurse === true
        ? await descendants(this.#data, parent, showing.view, request, () => breath(this.#data.env.clock))
        : children(this.#data, parent, showing.view, request);
    showing.bundles?.load(events);
    return {
      chunk: events.map((event) => shownEvent(this.#data, event, showing)),
      next,
      depth: request.recurse === undefined ? undefined : request.recurse ? DEPTH : 1,
    };
  }

  async threads(by: Requester, request: ThreadsRequest): Promise<ThreadsPage> {
    const data = this.#data;
    const { until } = accessOf(data, by.userId);
    const showing = this.#showing(by, request.ignored);
    const bundles = new Bundles(data, showing.view, new Set(request.ignored), until);
    const wanted = (root: StoredEvent): boolean => !request.participated || bundles.participated(root);
    const from = Math.min(request.from ?? until, until);
    const { roots, next } = threadRoots(data, showing.view, bundles, from, request.limit, wanted);
    bundles.load(roots);
    const shown = roots.map((root) =>
      // "This is to simulate the same behaviour of a client doing aggregation locally on the thread."
      request.ignored.includes(root.pdu.sender) ? { ...root, pdu: redactedPdu(root.pdu, data.version) } : root,
    );
    return { chunk: shown.map((root) => shownEvent(data, root, { ...showing, bundles })), next };
  }

  async eventByTime(by: Requester, ts: number, direction: 'b' | 'f'): Promise<FoundByTime> {
    const { until } = accessOf(this.#data, by.userId);
    const view = new View(this.#data, by.userId);
    const found = await eventByTime(this.#data, view, until, ts, direction, () => breath(this.#data.env.clock));
    if (found === undefined) throw notFound('There is no event on that side of that time.');
    return { eventId: found.pdu.eventId, originServerTs: found.pdu.originServerTs };
  }

  async reportable(by: Requester, eventId: string): Promise<{ readonly sender: string }> {
    const event = this.#seen(new View(this.#data, by.userId), eventId);
    if (this.#data.members.get(by.userId)?.membership !== 'join')
      throw notFound('There is no such event in this room.');
    return { sender: event.pdu.sender };
  }

  async eventsAt(
    by: Requester,
    positions: readonly number[],
    ignored: readonly string[],
  ): Promise<readonly (JsonObject | undefined)[]> {
    if (this.#data.begun === undefined) return positions.map(() => undefined);
    const showing = { ...this.#showing(by), withRoomId: false };
    return positions.map((roomPos) => {
      const number = this.#data.log.forward(roomPos - 1, roomPos, 1)[0]?.number;
      const event = number === undefined ? undefined : this.#data.byNumber(number);
      if (event === undefined || !showing.view.sees(event) || ignored.includes(event.pdu.sender)) return undefined;
      return shownEvent(this.#data, event, showing);
    });
  }

  async invite(by: Requester): Promise<JsonObject> {
    const member = this.#data.begun === undefined ? undefined : this.#data.members.get(by.userId);
    const event = member?.membership === 'invite' ? this.#data.byNumber(member.number) : undefined;
    if (event === undefined) throw forbidden('You are not invited to this room.');
    return shownEvent(this.#data, event, this.#showing(by));
  }

  async state(by: Requester): Promise<readonly JsonObject[]> {
    const { root } = accessOf(this.#data, by.userId);
    return this.#list(
      this.#data.states.all(root),
      this.#listed(by, () => true),
    );
  }

  async stateEvent(by: Requester, type: string, stateKey: string): Promise<JsonObject> {
    const { root } = accessOf(this.#data, by.userId);
    const event = this.#data.stateEvent(root, type, stateKey);
    if (event === undefined) throw notFound('The room has no such state.');
    return shownEvent(this.#data, event, this.#showing(by));
  }

  async members(by: Requester, filter: MemberFilter): Promise<readonly JsonObject[]> {
    const access = accessOf(this.#data, by.userId);
    const wanted = (event: StoredEvent): boolean => isWanted(membershipOf(event), filter);
    const root = rootAtFor(this.#data, by.userId, access, filter.at);
    return this.#list(this.#memberNumbers(root), this.#listed(by, wanted));
  }

  async joinedMembers(by: Requester): ReturnType<RoomReading['joinedMembers']> {
    const access = accessOf(this.#data, by.userId);
    if (!access.joined) throw forbidden('You are not in this room.');
    return this.#list(this.#memberNumbers(access.root), (event) =>
      membershipOf(event) === 'join' ? joinedMember(event) : undefined,
    );
  }

  async messages(by: Requester, page: MessagesRequest): Promise<MessagesPage> {
    return messagesPage(this.#data, by, page, this.#data.env.clock.now());
  }

  async window(request: WindowRequest): Promise<RoomWindow | undefined> {
    return this.#windows.window(request);
  }

  async log(_group: number, after: number): Promise<{ readonly epoch: number; readonly entries: readonly LogEntry[] }> {
    const { epoch, roomPos } = this.#data.known ?? this.#data.head;
    return { epoch, entries: entriesAfter(this.#data, after, roomPos, LOG_BATCH) };
  }

  async memberships(at: number | undefined, after: number): Promise<MembershipsPage> {
    return this.#memberships.page(at, after);
  }

  /** An event that the viewer sees. Throws 404 M_NOT_FOUND for all others, whether they exist or not. */
  #seen(view: View, eventId: string): StoredEvent {
    const event = this.#data.byId(eventId);
    if (event === undefined || !view.sees(event)) throw notFound('There is no such event in this room.');
    return event;
  }

  /** Who may not read the room's state is told what of it they could read one by one. */
  async #contextState(
    by: Requester,
    root: number,
    filter: EventFilter,
    shown: readonly StoredEvent[],
  ): Promise<readonly JsonObject[]> {
    const { states } = this.#data;
    const { view } = this.#showing(by);
    const whole = mayRead(this.#data, by.userId);
    const senders = new Set(shown.map(({ pdu }) => pdu.sender));
    const members = [...senders].flatMap((sender) => states.get(root, 'm.room.member', sender) ?? []);
    const numbers = filter.lazyLoadMembers ? [...states.allButMembers(root), ...members] : states.all(root);
    return this.#list(
      numbers,
      this.#listed(by, (event) => filter.lets(event.pdu) && (whole || view.sees(event))),
    );
  }

  /** The numbers of the member events of a state. */
  #memberNumbers(root: number): number[] {
    const { states } = this.#data;
    const others = new Set(states.allButMembers(root));
    return states.all(root).filter((number) => !others.has(number));
  }

  /** Makes a list of events in pieces, so that a room of very many members holds nobody up. A state never changes meanwhile. */
  async #list<T>(numbers: readonly number[], make: (event: StoredEvent) => T | undefined): Promise<T[]> {
    const sorted = numbers.toSorted((a, b) => a - b);
    const list: T[] = [];
    for (let at = 0; at < sorted.length; at += PIECE) {
      if (at > 0) await breath(this.#data.env.clock);
      for (const event of this.#data.many(sorted.slice(at, at + PIECE))) {
        const made = make(event);
        if (made !== undefined) list.push(made);
      }
    }
    return list;
  }

  #listed(
    by: Requester,
    isWantedHere: (event: StoredEvent) => boolean,
  ): (event: StoredEvent) => JsonObject | undefined {
    const showing = { ...this.#showing(by), withMembership: this.#data.head.joined <= MEMBERSHIPS_SHOWN_MAX };
    return (event) => (isWantedHere(event) ? shownEvent(this.#data, event, showing) : undefined);
  }

  /** With `ignored`, events are shown with what their children come to. */
  #showing(by: Requester, ignored?: readonly string[]): Showing {
    const view = new View(this.#data, by.userId);
    const until = this.#data.begun?.roomPos ?? 0;
    return {
      view,
      bundles: ignored === undefined ? undefined : new Bundles(this.#data, view, new Set(ignored), until),
      deviceId: by.deviceId,
      withRoomId: true,
      withMembership: true,
      format: 'client',
      now: this.#data.env.clock.now(),
    };
  }
}

/** With both given, either is enough. */
function isWanted(membership: string, filter: MemberFilter): boolean {
  if (filter.membership === undefined && filter.notMembership === undefined) return true;
  return (
    membership === filter.membership || (filter.notMembership !== undefined && membership !== filter.notMembership)
  );
}

function joinedMember({ pdu }: StoredEvent): Awaited<ReturnType<RoomReading['joinedMembers']>>[number] {
  return {
    userId: pdu.stateKey ?? '',
    displayName: textMember(pdu.content, 'displayname'),
    avatarUrl: textMember(pdu.content, 'avatar_url'),
  };
}

function textMember(content: JsonObject, name: string): string | undefined {
  const value = member(content, name);
  return typeof value === 'string' ? value : undefined;
}
