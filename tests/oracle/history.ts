// A whole room from its events alone: who is rejected, and the state before and after every event.
// https://spec.matrix.org/v1.19/server-server-api/#room-state-resolution
import type { Pdu } from '../../src/events/pdu.ts';
import { judgeByAuthEvents, judgeByState } from './authorization.ts';
import { resolveV1 } from './resolution-v1.ts';
import { resolveV2 } from './resolution-v2.ts';
import { placeOf, type Room, type Ruling, type State } from './ruling.ts';

/** Resolves states of a room by the algorithm of its version. Every id in them must be among the room's events. */
export function resolveStates(room: Room, states: readonly State[]): Map<string, string> {
  return room.version === '1' ? resolveV1(room, states) : resolveV2(room, states);
}

/** What follows from a set of events. */
export interface History {
  readonly room: Room;
  /** The events in an order in which each stands after its prev_events and its auth events. */
  readonly order: readonly string[];
  /** How each was judged: by its auth events, and then by the state before it. */
  readonly rulings: ReadonlyMap<string, Ruling>;
  readonly before: ReadonlyMap<string, State>;
  readonly after: ReadonlyMap<string, State>;
  /** Events whose prev_events are not all there, and what builds on them: nothing can be said of their state. */
  readonly unplaced: ReadonlySet<string>;
}

/**
 * Judges all events of a room from scratch, rejecting as the checks on receipt do, and gives the state around each.
 * `events` should be all that any server has; soft failure, which depends on who received what when, plays no part.
 * `isSignedBy` as in `Room`.
 */
export function historyOf(
  version: string,
  events: ReadonlyMap<string, Pdu>,
  isSignedBy?: (event: Pdu, server: string) => boolean,
): History {
  const rejected = new Set<string>();
  const room: Room = { version, events, rejected, ...(isSignedBy === undefined ? {} : { isSignedBy }) };
  const rulings = new Map<string, Ruling>();
  const before = new Map<string, State>();
  const after = new Map<string, State>();
  const order = placeInOrder(events);
  for (const id of order) {
    const event = events.get(id)!;
    const stateBefore = stateAfterAll(
      room,
      event.prevEvents.map((prev) => after.get(prev)!),
    );
    const byAuthEvents = judgeByAuthEvents(room, event);
    const ruling = byAuthEvents.allowed ? judgeByState(room, event, stateBefore) : byAuthEvents;
    rulings.set(id, ruling);
    if (!ruling.allowed) rejected.add(id);
    before.set(id, stateBefore);
    after.set(id, stateWith(stateBefore, event, ruling));
  }
  const unplaced = new Set([...events.keys()].filter((id) => !rulings.has(id)));
  return { room, order, rulings, before, after, unplaced };
}

/**
 * The state of a room at `extremities` (the resolution of the states after them), from all its events, from scratch:
 * `type\0state_key` to event id. Throws if one of `extremities` has no place among `events`.
 */
export function oracleState(
  version: string,
  events: ReadonlyMap<string, Pdu>,
  extremities: Iterable<string>,
): Map<string, string> {
  return stateAt(historyOf(version, events), extremities);
}

/** As `oracleState`, of a history that is there. */
export function stateAt(history: History, extremities: Iterable<string>): Map<string, string> {
  const states = [...extremities].map((id) => {
    const state = history.after.get(id);
    if (state === undefined) throw new Error(`no state is known after ${id}`);
    return state;
  });
  return new Map(stateAfterAll(history.room, states));
}

/** Where a room ends: the accepted events that no accepted event comes after, directly or by way of rejected ones. */
export function forwardExtremities(history: History): string[] {
  const accepted = history.order.filter((id) => !history.room.rejected.has(id));
  const followed = new Set<string>();
  for (const id of accepted) for (const earlier of pastOf(history, id)) if (earlier !== id) followed.add(earlier);
  return accepted.filter((id) => !followed.has(id));
}

/**
 * The sixth check on receipt: whether a server whose current state is `current` soft-fails an event that it accepts.
 * https://spec.matrix.org/v1.19/server-server-api/#soft-failure
 */
export function softFails(room: Room, event: Pdu, current: State): boolean {
  return !judgeByState(room, event, current).allowed;
}

/** An event and all that it comes after. */
export function pastOf(history: History, id: string): Set<string> {
  const past = new Set<string>([id]);
  const toWalk = [id];
  for (let at = toWalk.pop(); at !== undefined; at = toWalk.pop())
    for (const prev of history.room.events.get(at)?.prevEvents ?? [])
      if (!past.has(prev)) {
        past.add(prev);
        toWalk.push(prev);
      }
  return past;
}

function stateAfterAll(room: Room, states: readonly State[]): State {
  if (states.length === 1) return states[0]!;
  return states.length === 0 ? new Map() : resolveStates(room, states);
}

/** S′(E): a state event that is not rejected takes its place. */
function stateWith(before: State, event: Pdu, ruling: Ruling): State {
  if (!ruling.allowed || event.stateKey === undefined) return before;
  return new Map(before).set(placeOf(event.type, event.stateKey), event.eventId);
}

function placeInOrder(events: ReadonlyMap<string, Pdu>): string[] {
  const order = new Set<string>();
  let waiting = [...events.values()];
  for (;;) {
    const stillWaiting: Pdu[] = [];
    for (const event of waiting) {
      const follows = event.prevEvents.every((id) => order.has(id));
      const isAuthorised = event.authEvents.every((id) => order.has(id) || !events.has(id));
      if (follows && isAuthorised) order.add(event.eventId);
      else stillWaiting.push(event);
    }
    if (stillWaiting.length === waiting.length) return [...order];
    waiting = stillWaiting;
  }
}
