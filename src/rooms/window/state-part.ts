// The state of a window: the difference of two states, never "the state events seen".
// https://spec.matrix.org/v1.19/client-server-api/#syncing, https://spec.matrix.org/v1.19/client-server-api/#lazy-loading-room-members
import type { EventFilter } from '../reading/event-filter.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import type { Timeline } from './timeline-part.ts';

export interface StateWish {
  /** The state that the viewer's client knows; undefined if it is to be told all. */
  readonly from: number | undefined;
  /** The state that it is to know. */
  readonly to: number;
  /** Whether `to` stands before the timeline, whose events the client then applies itself. */
  readonly beforeTimeline: boolean;
  readonly filter: EventFilter;
  readonly viewer: string;
  readonly knownMembers: ReadonlySet<string>;
  readonly heroes: readonly string[];
}

export interface StatePart {
  readonly events: readonly StoredEvent[];
  readonly membersTold: readonly string[];
}

export function stateOf(data: RoomData, wish: StateWish, timeline: Timeline): StatePart {
  const chosen = new Map<number, StoredEvent>();
  for (const event of changedState(data, wish)) chosen.set(event.number, event);
  if (wish.beforeTimeline) for (const event of missedByFilter(timeline)) chosen.set(event.number, event);
  const lazy = wish.filter.lazyLoadMembers;
  const wanted = lazy ? membersWanted(wish, timeline) : new Set<string>();
  for (const userId of wanted) {
    const member = data.stateEvent(wish.to, 'm.room.member', userId);
    if (member !== undefined && !isKnown(wish, userId)) chosen.set(member.number, member);
  }
  const events = [...chosen.values()]
    .filter((event) => wish.filter.lets(event.pdu))
    .toSorted((a, b) => a.number - b.number);
  return { events, membersTold: lazy ? [...new Set([...membersIn(events), ...membersIn(timeline.events)])] : [] };
}

/**
 * The state after the viewer's own leave or ban, which ends the window. A client that reads `state_after` takes nothing from
 * the timeline, so that its own membership has to be there, also where no other state may be.
 */
export function withEnding(data: RoomData, wish: StateWish, state: StatePart, ending: number): StatePart {
  const own = data.many([ending]).filter((event) => wish.filter.lets(event.pdu));
  const others = state.events.filter(({ pdu }) => pdu.type !== 'm.room.member' || pdu.stateKey !== wish.viewer);
  return { ...state, events: [...others, ...own] };
}

function changedState(data: RoomData, wish: StateWish): StoredEvent[] {
  if (wish.from === undefined) {
    return data.many(wish.filter.lazyLoadMembers ? data.states.allButMembers(wish.to) : data.states.all(wish.to));
  }
  if (wish.from === wish.to) return [];
  return data.many(data.states.difference(wish.from, wish.to).flatMap((change) => change.after ?? []));
}

/** A state event that only the timeline's filter kept back would be lost: the newest of each key that no shown one follows. */
function missedByFilter(timeline: Timeline): StoredEvent[] {
  const keys = new Set(timeline.events.filter((event) => event.pdu.stateKey !== undefined).map(keyOf));
  return timeline.leftOut.filter((event) => {
    const key = keyOf(event);
    if (keys.has(key)) return false;
    keys.add(key);
    return true;
  });
}

/** Whose members the client needs under lazy loading: the senders, the viewer where all is told, the heroes. */
function membersWanted(wish: StateWish, timeline: Timeline): Set<string> {
  const wanted = new Set(timeline.events.map((event) => event.pdu.sender));
  if (wish.from === undefined) wanted.add(wish.viewer);
  for (const hero of wish.heroes) wanted.add(hero);
  return wanted;
}

function isKnown(wish: StateWish, userId: string): boolean {
  return wish.from !== undefined && !wish.filter.includeRedundantMembers && wish.knownMembers.has(userId);
}

/** Whose members are among events. */
export function membersIn(events: readonly StoredEvent[]): string[] {
  return events.flatMap(({ pdu }) =>
    pdu.type === 'm.room.member' && pdu.stateKey !== undefined ? [pdu.stateKey] : [],
  );
}

function keyOf(event: StoredEvent): string {
  return JSON.stringify([event.pdu.type, event.pdu.stateKey]);
}
