// State resolution of room version 1. https://spec.matrix.org/v1.19/rooms/v1/#state-resolution
//
// A key that only some states hold is no conflict here: the others hold no other event for it. A conflict is of one key; so
// the passes are made for each key by itself, and what one decides the others of the same pass do not see: the text leaves
// their order open, and the outcome must not depend on it.
import { authorize } from '../../../authorization/authorize.ts';
import { PartialState } from '../partial-state.ts';
import type { Resolution } from '../resolution.ts';
import type { RoomEvent } from '../room-events.ts';
import { byDepth } from './depth-order.ts';

/** The events that affect the authorisation rules, in the order in which they are resolved. */
const PASSES = ['m.room.power_levels', 'm.room.join_rules', 'm.room.member'];

export function resolveV1(resolution: Resolution): Iterable<RoomEvent> {
  const { conflicts, state } = split(resolution);
  for (const type of PASSES) {
    const here = conflicts.filter(([first]) => first?.pdu.type === type);
    for (const winner of here.flatMap((events) => lastAllowed(resolution, state, events))) state.set(winner);
  }
  const others = conflicts.filter(([first]) => first !== undefined && !PASSES.includes(first.pdu.type));
  for (const winner of others.flatMap((events) => newestAllowed(resolution, state, events))) state.set(winner);
  return state.all();
}

/** The conflicting events by key, and the union of the states without them. */
function split(resolution: Resolution): { conflicts: RoomEvent[][]; state: PartialState } {
  const { conflict, events } = resolution;
  const state = new PartialState((type, stateKey) => resolution.unconflicted(type, stateKey));
  const conflicts: RoomEvent[][] = [];
  for (const values of conflict.keys.values()) events.load(values.filter((value) => value !== undefined));
  for (const values of conflict.keys.values()) {
    const numbers = new Set(values.filter((value) => value !== undefined));
    const found = [...numbers]
      .map((number) => events.get(number))
      .filter(({ rejected }) => rejected !== 'by-auth-events');
    const [first] = found;
    if (found.length > 1) conflicts.push(found.toSorted(byDepth));
    else if (first !== undefined) state.set(first);
  }
  return { conflicts, state };
}

/** From the shallowest on, which stands without question, as far as each is allowed after the one before. */
function lastAllowed(resolution: Resolution, state: PartialState, events: readonly RoomEvent[]): RoomEvent[] {
  const [first, ...others] = events;
  if (first === undefined) return [];
  let last = first;
  for (const event of others) {
    if (!isAllowed(resolution, state, event, last)) break;
    last = event;
  }
  return [last];
}

/** The deepest that is allowed; none if none is. */
function newestAllowed(resolution: Resolution, state: PartialState, events: readonly RoomEvent[]): RoomEvent[] {
  const found = events.toReversed().find((event) => isAllowed(resolution, state, event, undefined));
  return found === undefined ? [] : [found];
}

function isAllowed(
  resolution: Resolution,
  state: PartialState,
  event: RoomEvent,
  last: RoomEvent | undefined,
): boolean {
  return authorize(event.pdu, resolution.version, {
    get: (type, stateKey) =>
      (last !== undefined && last.pdu.type === type && last.pdu.stateKey === stateKey
        ? last
        : state.get(type, stateKey)
      )?.pdu,
  }).allowed;
}
