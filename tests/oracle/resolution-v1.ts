// State resolution of room version 1, word by word from the text. https://spec.matrix.org/v1.19/rooms/v1/#state-resolution
//
// Where the text leaves the order of the conflicts of one pass open, each is resolved in the state that the pass began with.
import { createHash } from 'node:crypto';
import type { Pdu } from '../../src/events/pdu.ts';
import { judgeByState } from './authorization.ts';
import type { Room, State } from './ruling.ts';

/** Every id of `states` must be among the room's events. */
export function resolveV1(room: Room, states: readonly State[]): Map<string, string> {
  const candidates = new Map<string, Set<string>>();
  for (const state of states)
    for (const [place, id] of state) candidates.set(place, (candidates.get(place) ?? new Set()).add(id));

  const resolved = new Map<string, string>();
  const conflicts = new Map<string, Pdu[]>();
  for (const [place, ids] of candidates) {
    const events = [...ids].map((id) => room.events.get(id)!);
    if (events.length === 1) resolved.set(place, events[0]!.eventId);
    else conflicts.set(place, events);
  }

  for (const type of ['m.room.power_levels', 'm.room.join_rules', 'm.room.member']) {
    const before = new Map(resolved);
    for (const [place, events] of conflicts)
      if (events[0]!.type === type) resolved.set(place, lastAllowed(room, before, place, events));
  }
  const before = new Map(resolved);
  for (const [place, events] of conflicts) {
    if (['m.room.power_levels', 'm.room.join_rules', 'm.room.member'].includes(events[0]!.type)) continue;
    const picked = highestAllowed(room, before, events);
    if (picked !== undefined) resolved.set(place, picked);
  }
  return resolved;
}

/** By ascending depth, then descending sha1: the first, and each next that is allowed in the state with the one before it. */
function lastAllowed(room: Room, before: State, place: string, events: readonly Pdu[]): string {
  const [first, ...others] = [...events].sort((x, y) => x.depth - y.depth || (sha1(x) < sha1(y) ? 1 : -1));
  const state = new Map(before);
  state.set(place, first!.eventId);
  for (const event of others) {
    if (!judgeByState(room, event, state).allowed) break;
    state.set(place, event.eventId);
  }
  return state.get(place)!;
}

/** The event with the highest depth and the lowest sha1 that is allowed. */
function highestAllowed(room: Room, state: State, events: readonly Pdu[]): string | undefined {
  return [...events]
    .sort((x, y) => y.depth - x.depth || (sha1(x) < sha1(y) ? -1 : 1))
    .find((event) => judgeByState(room, event, state).allowed)?.eventId;
}

function sha1(event: Pdu): string {
  return createHash('sha1').update(event.eventId).digest('hex');
}
