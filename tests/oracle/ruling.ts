// What the plain authorisation rules answer, and what they need to know of the room around an event.
// https://spec.matrix.org/v1.19/server-server-api/#authorisation-rules
//
// Everything in this folder is written a second time from the text of the specification, plainly and slowly, without a look
// at src/authorization, src/state or the visibility of rooms. It is compared with them; nothing here may be shared with them.
import type { Pdu } from '../../src/events/pdu.ts';

/** `rule` is the number that the rule has on the page of the room's own version, such as `4.3.5`. */
export interface Ruling {
  readonly allowed: boolean;
  readonly rule: string;
}

/** A state of a room: `type\0state_key` to the id of the event that holds the place. */
export type State = ReadonlyMap<string, string>;

/** A room as the rules see it: its version (`'1'` to `'12'`), its events by id, and who of them was rejected. */
export interface Room {
  readonly version: string;
  readonly events: ReadonlyMap<string, Pdu>;
  readonly rejected: ReadonlySet<string>;
  /** Whether an event is validly signed by a server. If left out, a signature by the server's name counts as valid. */
  readonly isSignedBy?: (event: Pdu, server: string) => boolean;
}

export function allow(rule: string): Ruling {
  return { allowed: true, rule };
}

export function reject(rule: string): Ruling {
  return { allowed: false, rule };
}

export function placeOf(type: string, stateKey: string): string {
  return `${type}\0${stateKey}`;
}

/** The event that holds a place of `state`. */
export function eventAt(room: Room, state: State, type: string, stateKey: string): Pdu | undefined {
  const id = state.get(placeOf(type, stateKey));
  return id === undefined ? undefined : room.events.get(id);
}

/**
 * The room's m.room.create event. Until version 11 it is looked up in `state`; from 12 on the room id names it, in whatever
 * state. https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules
 */
export function createEventOf(room: Room, event: Pdu, state: State): Pdu | undefined {
  if (Number(room.version) < 12) return eventAt(room, state, 'm.room.create', '');
  const create = room.events.get(`$${event.roomId.slice(1)}`);
  return create?.type === 'm.room.create' ? create : undefined;
}

/** The part of a user id, event id or room id after its first colon. */
export function domainOf(id: string): string | undefined {
  const colon = id.indexOf(':');
  return colon < 0 ? undefined : id.slice(colon + 1);
}
