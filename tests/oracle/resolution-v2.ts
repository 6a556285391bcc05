// State resolution of room versions 2 to 11, and what version 12 changed, word by word from the text.
// https://spec.matrix.org/v1.19/rooms/v2/#state-resolution
// https://spec.matrix.org/v1.19/rooms/v12/#state-resolution
import type { Pdu } from '../../src/events/pdu.ts';
import { compareCodePoints } from '../../src/spec/canonical-json.ts';
import { member } from '../../src/spec/json.ts';
import { authChainOf } from './auth-chain.ts';
import { judgeByState } from './authorization.ts';
import { Levels } from './levels.ts';
import { createEventOf, placeOf, type Room, type State } from './ruling.ts';
import { placesSelected } from './selection.ts';

/** "The resolution of a set of states is obtained as follows." Every id of `states` must be among the room's events. */
export function resolveV2(room: Room, states: readonly State[]): Map<string, string> {
  const isVersion21 = Number(room.version) >= 12;
  const unconflicted = unconflictedStateMap(states);
  const fullConflicted = fullConflictedSet(room, states, isVersion21);

  // 1. All power events of the full conflicted set, and of it what stands in their auth chains.
  const powerEvents = [...fullConflicted].filter((id) => isPowerEvent(room.events.get(id)!));
  const chosen = new Set(powerEvents);
  for (const id of powerEvents)
    for (const other of authChainOf(room, [id])) if (fullConflicted.has(other)) chosen.add(other);
  const inPowerOrder = reverseTopologicalPowerOrder(room, chosen);

  // 2. From the unconflicted state map, or in version 12 from an empty one.
  const start = isVersion21 ? new Map<string, string>() : unconflicted;
  const partial = iterativeAuthChecks(room, start, inPowerOrder);

  // 3. The remaining events, by the power levels of that.
  const remaining = [...fullConflicted].filter((id) => !chosen.has(id));
  const inMainlineOrder = mainlineOrder(room, partial.get(placeOf('m.room.power_levels', '')), remaining);

  // 4. and 5.
  const resolved = iterativeAuthChecks(room, partial, inMainlineOrder);
  for (const [place, id] of unconflicted) resolved.set(place, id);
  return resolved;
}

function isPowerEvent(event: Pdu): boolean {
  if (event.stateKey === undefined) return false;
  if (event.type === 'm.room.power_levels' || event.type === 'm.room.join_rules') return true;
  if (event.type !== 'm.room.member') return false;
  const membership = member(event.content, 'membership');
  return (membership === 'leave' || membership === 'ban') && event.sender !== event.stateKey;
}

function unconflictedStateMap(states: readonly State[]): Map<string, string> {
  const unconflicted = new Map<string, string>();
  for (const [place, id] of states[0] ?? [])
    if (states.every((state) => state.get(place) === id)) unconflicted.set(place, id);
  return unconflicted;
}

function fullConflictedSet(room: Room, states: readonly State[], isVersion21: boolean): Set<string> {
  const unconflicted = unconflictedStateMap(states);
  const conflicted = new Set<string>();
  for (const state of states) for (const [place, id] of state) if (unconflicted.get(place) !== id) conflicted.add(id);

  const full = new Set([...conflicted, ...authDifference(room, states)]);
  if (isVersion21) for (const id of conflictedStateSubgraph(room, conflicted)) full.add(id);
  return full;
}

/** ∪ C_i − ∩ C_i */
function authDifference(room: Room, states: readonly State[]): Set<string> {
  const chains = states.map((state) => authChainOf(room, state.values()));
  const difference = new Set<string>();
  for (const chain of chains) for (const id of chain) if (!chains.every((other) => other.has(id))) difference.add(id);
  return difference;
}

/** What stands on a path of auth_events from one conflicted event to another, both ends included. */
function conflictedStateSubgraph(room: Room, conflicted: ReadonlySet<string>): Set<string> {
  const subgraph = new Set<string>();
  for (const from of conflicted) {
    for (const id of authChainOf(room, [from])) {
      const leadsOn = conflicted.has(id) || [...authChainOf(room, [id])].some((end) => conflicted.has(end));
      if (!leadsOn) continue;
      subgraph.add(from);
      subgraph.add(id);
    }
  }
  return subgraph;
}

/** Kahn's algorithm, each time with the smallest of the events whose auth events are all placed. */
function reverseTopologicalPowerOrder(room: Room, ids: ReadonlySet<string>): Pdu[] {
  const waiting = new Map<string, Set<string>>();
  const powers = new Map<string, number>();
  for (const id of ids) {
    waiting.set(id, new Set([...authChainOf(room, [id])].filter((other) => ids.has(other))));
    powers.set(id, powerOfSender(room, room.events.get(id)!));
  }
  const isLess = (x: Pdu, y: Pdu): boolean => {
    const powerOfX = powers.get(x.eventId)!;
    const powerOfY = powers.get(y.eventId)!;
    if (powerOfX !== powerOfY) return powerOfX > powerOfY;
    if (x.originServerTs !== y.originServerTs) return x.originServerTs < y.originServerTs;
    return compareCodePoints(x.eventId, y.eventId) < 0;
  };
  const order: Pdu[] = [];
  while (waiting.size > 0) {
    let smallest: Pdu | undefined;
    for (const [id, before] of waiting) {
      if (before.size > 0) continue;
      const event = room.events.get(id)!;
      if (smallest === undefined || isLess(event, smallest)) smallest = event;
    }
    if (smallest === undefined) throw new Error('the auth events of these events go round in a circle');
    order.push(smallest);
    waiting.delete(smallest.eventId);
    for (const before of waiting.values()) before.delete(smallest.eventId);
  }
  return order;
}

/** The power of an event's sender by the event's own auth_events. */
function powerOfSender(room: Room, event: Pdu): number {
  const byAuthEvents = new Map<string, string>();
  for (const id of event.authEvents) {
    const authEvent = room.events.get(id);
    if (authEvent?.stateKey !== undefined) byAuthEvents.set(placeOf(authEvent.type, authEvent.stateKey), id);
  }
  return new Levels(
    room.version,
    room.events.get(byAuthEvents.get(placeOf('m.room.power_levels', '')) ?? ''),
    event.type === 'm.room.create' ? event : createEventOf(room, event, byAuthEvents),
  ).ofUser(event.sender);
}

/** The m.room.power_levels event in the auth_events of an event. */
function powerLevelsOf(room: Room, id: string): string | undefined {
  return room.events.get(id)?.authEvents.find((authEvent) => {
    const event = room.events.get(authEvent);
    return event?.type === 'm.room.power_levels' && event.stateKey === '';
  });
}

function mainlineOrder(room: Room, powerLevels: string | undefined, ids: readonly string[]): Pdu[] {
  const mainline: string[] = [];
  for (let id = powerLevels; id !== undefined; id = powerLevelsOf(room, id)) mainline.push(id);

  const positions = new Map<string, number>();
  for (const id of ids) {
    let position = Infinity;
    for (let at = powerLevelsOf(room, id); at !== undefined; at = powerLevelsOf(room, at)) {
      if (!mainline.includes(at)) continue;
      position = mainline.indexOf(at);
      break;
    }
    positions.set(id, position);
  }
  return ids
    .map((id) => room.events.get(id)!)
    .sort((x, y) => {
      const positionOfX = positions.get(x.eventId)!;
      const positionOfY = positions.get(y.eventId)!;
      if (positionOfX !== positionOfY) return positionOfX > positionOfY ? -1 : 1;
      if (x.originServerTs !== y.originServerTs) return x.originServerTs - y.originServerTs;
      return compareCodePoints(x.eventId, y.eventId);
    });
}

function iterativeAuthChecks(room: Room, start: State, events: readonly Pdu[]): Map<string, string> {
  const state = new Map(start);
  for (const event of events) {
    const known = new Map(state);
    for (const place of placesSelected(room.version, event)) {
      if (known.has(place)) continue;
      const fromAuthEvents = event.authEvents.find((id) => {
        const authEvent = room.events.get(id);
        return authEvent?.stateKey !== undefined && placeOf(authEvent.type, authEvent.stateKey) === place;
      });
      if (fromAuthEvents !== undefined && !room.rejected.has(fromAuthEvents)) known.set(place, fromAuthEvents);
    }
    if (judgeByState(room, event, known).allowed) state.set(placeOf(event.type, event.stateKey!), event.eventId);
  }
  return state;
}
