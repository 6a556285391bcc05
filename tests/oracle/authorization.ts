// The authorisation rules of room versions 1 to 12, written plainly from their pages and nothing else.
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules
// https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules
import type { Pdu } from '../../src/events/pdu.ts';
import { isUserId } from '../../src/spec/identifiers/user-id.ts';
import { member, type Json } from '../../src/spec/json.ts';
import { Levels } from './levels.ts';
import { judgeMember, membershipOf } from './member-rules.ts';
import { judgePowerLevels } from './power-level-rules.ts';
import { ruleNumbers } from './rule-numbers.ts';
import { allow, createEventOf, domainOf, placeOf, reject, type Room, type Ruling, type State } from './ruling.ts';
import { placesSelected } from './selection.ts';

const RECOGNISED = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'];

/**
 * The fourth check on receipt of a PDU: is the event authorised by its own auth events? An auth event that is not among the
 * events of the room counts against the event (rule `unknown auth event`).
 * https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
 */
export function judgeByAuthEvents(room: Room, event: Pdu): Ruling {
  if (event.type === 'm.room.create') return judgeCreate(room, event);
  const wrong = faultOfRoomId(room, event) ?? faultOfAuthEvents(room, event);
  if (wrong !== undefined) return wrong;
  const state = new Map<string, string>();
  for (const id of event.authEvents) {
    const authEvent = room.events.get(id)!;
    state.set(placeOf(authEvent.type, authEvent.stateKey!), id);
  }
  return judgeByState(room, event, state);
}

/**
 * The fifth and the sixth check on receipt of a PDU, and the one of state resolution: would the event be authorised in
 * `state`? Rules 1 and from "m.federate" on.
 */
export function judgeByState(room: Room, event: Pdu, state: State): Ruling {
  if (event.type === 'm.room.create') return judgeCreate(room, event);
  const number = ruleNumbers(room.version);
  const version = Number(room.version);

  const create = createEventOf(room, event, state);
  // No rule speaks of a state without m.room.create, and nobody has any right in one.
  if (create === undefined) return reject('no m.room.create');
  if (member(create.content, 'm.federate') === false && domainOf(event.sender) !== domainOf(create.sender))
    return reject(`${number.federate}`);

  if (event.type === 'm.room.aliases' && version <= 5) {
    if (event.stateKey === undefined) return reject(`${number.aliases}.1`);
    if (domainOf(event.sender) !== event.stateKey) return reject(`${number.aliases}.2`);
    return allow(`${number.aliases}.3`);
  }

  if (event.type === 'm.room.member') return judgeMember(room, event, state, create);

  if (membershipOf(room, state, event.sender) !== 'join') return reject(`${number.joined}`);

  const levels = Levels.of(room, event, state);
  const senderLevel = levels.ofUser(event.sender);
  if (event.type === 'm.room.third_party_invite') {
    const rule = `${number.thirdPartyInvite}.1`;
    return senderLevel >= levels.invite ? allow(rule) : reject(rule);
  }

  if (levels.ofEvent(event) > senderLevel) return reject(`${number.requiredLevel}`);

  if (event.stateKey?.startsWith('@') === true && event.stateKey !== event.sender)
    return reject(`${number.userStateKey}`);

  if (event.type === 'm.room.power_levels') return judgePowerLevels(room, event, levels, create);

  if (event.type === 'm.room.redaction' && version <= 2) {
    if (senderLevel >= levels.redact) return allow(`${number.redaction}.1`);
    const redacted = event.redacts === undefined ? undefined : domainOf(event.redacts);
    if (redacted !== undefined && redacted === domainOf(event.eventId)) return allow(`${number.redaction}.2`);
    return reject(`${number.redaction}.3`);
  }

  return allow(`${number.otherwise}`);
}

/** Rule 1. */
function judgeCreate(room: Room, event: Pdu): Ruling {
  const version = Number(room.version);
  if (event.prevEvents.length > 0) return reject('1.1');
  if (version >= 12) {
    if (Object.hasOwn(event.json, 'room_id')) return reject('1.2');
  } else if (domainOf(event.roomId) !== domainOf(event.sender)) return reject('1.2');
  const roomVersion = member(event.content, 'room_version');
  if (roomVersion !== undefined && !(typeof roomVersion === 'string' && RECOGNISED.includes(roomVersion)))
    return reject('1.3');
  if (version <= 10 && !Object.hasOwn(event.content, 'creator')) return reject('1.4');
  if (version >= 12) {
    const additional = member(event.content, 'additional_creators');
    if (additional !== undefined && !isListOfUserIds(additional)) return reject('1.4');
  }
  return allow(version <= 10 || version >= 12 ? '1.5' : '1.4');
}

function isListOfUserIds(value: Json): boolean {
  if (!Array.isArray(value)) return false;
  return (value as readonly Json[]).every((item) => typeof item === 'string' && isUserId(item));
}

/** Rule 2 of version 12. */
function faultOfRoomId(room: Room, event: Pdu): Ruling | undefined {
  if (Number(room.version) < 12) return undefined;
  const id = `$${event.roomId.slice(1)}`;
  const isAccepted = room.events.get(id)?.type === 'm.room.create' && !room.rejected.has(id);
  return event.roomId.startsWith('!') && isAccepted ? undefined : reject('2');
}

/** "Considering the event's auth_events": rule 2, or 3 in version 12. */
function faultOfAuthEvents(room: Room, event: Pdu): Ruling | undefined {
  const rule = ruleNumbers(room.version).authEvents;
  const authEvents: Pdu[] = [];
  for (const id of event.authEvents) {
    const authEvent = room.events.get(id);
    if (authEvent === undefined) return reject('unknown auth event');
    authEvents.push(authEvent);
  }
  const places = authEvents.map(({ type, stateKey }) => (stateKey === undefined ? '' : placeOf(type, stateKey)));
  if (new Set(places).size < places.length) return reject(`${rule}.1`);
  const selected = placesSelected(room.version, event);
  if (!places.every((place) => selected.includes(place))) return reject(`${rule}.2`);
  if (event.authEvents.some((id) => room.rejected.has(id))) return reject(`${rule}.3`);
  if (Number(room.version) < 12 && !places.includes(placeOf('m.room.create', ''))) return reject(`${rule}.4`);
  if (authEvents.some(({ roomId }) => roomId !== event.roomId)) return reject(`${rule}.5`);
  return undefined;
}
