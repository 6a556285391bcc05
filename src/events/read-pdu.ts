// The first check on receipt: is this an event in the format of its room version, and within the limits?
// https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
import { NotCanonicalError, utf8Length } from '../spec/canonical-json.ts';
import { fitsIdentifier } from '../spec/identifiers/common-format.ts';
import { isEventId, isEventIdOnServer } from '../spec/identifiers/event-id.ts';
import { isHashRoomId, isRoomIdOnServer, roomIdOfCreate } from '../spec/identifiers/room-id.ts';
import { isUserId } from '../spec/identifiers/user-id.ts';
import { isObject, member, type Json, type JsonObject } from '../spec/json.ts';
import { AUTH_EVENTS, PDU_BYTES, PREV_EVENTS } from '../spec/limits.ts';
import { keepWrittenNumbers } from '../spec/written-numbers.ts';
import { eventIdOf } from './event-id.ts';
import { EventText } from './event-text.ts';
import type { Pdu } from './pdu.ts';
import type { RoomVersion } from './room-version.ts';

export type PduFault =
  | 'not-an-object'
  | 'not-canonical'
  | 'too-large'
  | 'bad-event-id'
  | 'bad-room-id'
  | 'bad-sender'
  | 'bad-type'
  | 'bad-state-key'
  | 'bad-content'
  | 'bad-depth'
  | 'bad-origin-server-ts'
  | 'bad-prev-events'
  | 'bad-auth-events'
  | 'too-many-prev-events'
  | 'too-many-auth-events'
  | 'bad-hashes'
  | 'bad-signatures'
  | 'bad-unsigned'
  | 'bad-redacts';

export type PduReading =
  | { readonly ok: true; readonly pdu: Pdu; readonly text: EventText }
  | { readonly ok: false; readonly reason: PduFault };

export interface PduReadingOptions {
  /** Whether prev_events and auth_events are counted; answers to /backfill must not be. Default true. */
  readonly countReferences?: boolean;
  /**
   * False if the text that the event was read from wrote a number in it otherwise than as an integer
   * (`JsonReading.withOtherNumbers`), which the value no longer shows. Default true.
   */
  readonly integersOnly?: boolean;
}

/**
 * Reads an event of a room of `version` from what a server sent. Its signatures, its hashes and what it says are not looked
 * at. `text` may be given to the checks that follow, so that they need not write the event again.
 */
export function readPdu(value: Json, version: RoomVersion, options: PduReadingOptions = {}): PduReading {
  if (!isObject(value)) return { ok: false, reason: 'not-an-object' };
  if (version.strictCanonicalJson && options.integersOnly === false) return { ok: false, reason: 'not-canonical' };
  const json = version.eventId === 'carried' ? value : withoutEventId(value);
  const fault = findFault(json, version, options.countReferences ?? true);
  if (fault !== undefined) return { ok: false, reason: fault };
  let text: EventText;
  try {
    text = new EventText(json, version);
  } catch (error) {
    if (error instanceof NotCanonicalError) return { ok: false, reason: 'not-canonical' };
    throw error;
  }
  const whole = text.whole();
  // A unit takes three bytes at most: nearly no event need be counted.
  if (whole.length * 3 > PDU_BYTES && utf8Length(whole) > PDU_BYTES) return { ok: false, reason: 'too-large' };
  return { ok: true, pdu: pduOf(json, version, eventIdOf(json, version, text)), text };
}

/**
 * The event that `json` is, with an id that is already known: for what we have checked before and stored, or built.
 * Nothing is checked again.
 */
export function pduOf(json: JsonObject, version: RoomVersion, eventId: string): Pdu {
  const type = stringAt(json, 'type') ?? '';
  const content = member(json, 'content');
  const contentObject = isObject(content) ? content : {};
  const depth = member(json, 'depth');
  const timestamp = member(json, 'origin_server_ts');
  const ofCreate = version.roomIdIsCreateHash && type === 'm.room.create';
  return {
    eventId,
    roomId: ofCreate ? roomIdOfCreate(eventId) : (stringAt(json, 'room_id') ?? ''),
    type,
    sender: stringAt(json, 'sender') ?? '',
    stateKey: stringAt(json, 'state_key'),
    content: contentObject,
    prevEvents: referencesOf(json, 'prev_events'),
    authEvents: referencesOf(json, 'auth_events'),
    // Depths of room versions 1 to 5 go on where our integers end; beyond that they no longer order anything.
    depth: typeof depth === 'number' ? Math.min(depth, Number.MAX_SAFE_INTEGER) : 0,
    originServerTs: typeof timestamp === 'number' ? timestamp : 0,
    redacts:
      type === 'm.room.redaction' ? stringAt(version.redactsInContent ? contentObject : json, 'redacts') : undefined,
    json,
  };
}

// From room version 3 on the id is ours to compute, and one that was sent along is no part of the event.
function withoutEventId(value: JsonObject): JsonObject {
  if (!Object.hasOwn(value, 'event_id')) return value;
  const { event_id: _ignored, ...rest } = value;
  return keepWrittenNumbers(value, rest);
}

function findFault(json: JsonObject, version: RoomVersion, counted: boolean): PduFault | undefined {
  return (
    faultOfIdentity(json, version) ??
    faultOfReferences(json, version, 'prev_events', counted ? PREV_EVENTS : Infinity) ??
    faultOfReferences(json, version, 'auth_events', counted ? AUTH_EVENTS : Infinity) ??
    faultOfBody(json, version) ??
    faultOfProof(json)
  );
}

function faultOfIdentity(json: JsonObject, version: RoomVersion): PduFault | undefined {
  if (version.eventId === 'carried' && !holds(json, 'event_id', isEventIdOnServer)) return 'bad-event-id';
  if (!holds(json, 'sender', isUserId)) return 'bad-sender';
  if (!holds(json, 'type', fitsIdentifier)) return 'bad-type';
  if (Object.hasOwn(json, 'state_key') && !holds(json, 'state_key', fitsIdentifier)) return 'bad-state-key';
  if (!version.roomIdIsCreateHash) return holds(json, 'room_id', isRoomIdOnServer) ? undefined : 'bad-room-id';
  // A create event that has a room id is the authorisation rules' to reject.
  const present = Object.hasOwn(json, 'room_id');
  if (member(json, 'type') === 'm.room.create')
    return present && !holds(json, 'room_id', fitsIdentifier) ? 'bad-room-id' : undefined;
  return holds(json, 'room_id', isHashRoomId) ? undefined : 'bad-room-id';
}

function faultOfReferences(
  json: JsonObject,
  version: RoomVersion,
  name: 'prev_events' | 'auth_events',
  maximum: number,
): PduFault | undefined {
  const bad = name === 'prev_events' ? 'bad-prev-events' : 'bad-auth-events';
  const list = member(json, name);
  if (!Array.isArray(list)) return bad;
  if (list.length > maximum) return name === 'prev_events' ? 'too-many-prev-events' : 'too-many-auth-events';
  const references: readonly Json[] = list;
  const isReference = version.references === 'pairs' ? isPair : isId;
  return references.every(isReference) ? undefined : bad;
}

function isId(reference: Json): boolean {
  return typeof reference === 'string' && isEventId(reference);
}

function isPair(reference: Json): boolean {
  if (!Array.isArray(reference) || reference.length !== 2) return false;
  const [id, hash]: readonly Json[] = reference;
  return id !== undefined && isId(id) && isObject(hash);
}

function faultOfBody(json: JsonObject, version: RoomVersion): PduFault | undefined {
  const content = member(json, 'content');
  if (!isObject(content)) return 'bad-content';
  const depth = member(json, 'depth');
  if (typeof depth !== 'number' || !Number.isInteger(depth) || depth < 0 || depth > version.depthMaximum)
    return 'bad-depth';
  if (!Number.isSafeInteger(member(json, 'origin_server_ts'))) return 'bad-origin-server-ts';
  const redactsMatters =
    !version.redactsInContent && member(json, 'type') === 'm.room.redaction' && Object.hasOwn(json, 'redacts');
  return redactsMatters && !holds(json, 'redacts', isEventId) ? 'bad-redacts' : undefined;
}

function faultOfProof(json: JsonObject): PduFault | undefined {
  const hashes = member(json, 'hashes');
  if (!isObject(hashes) || stringAt(hashes, 'sha256') === undefined) return 'bad-hashes';
  const signatures = member(json, 'signatures');
  if (!isObject(signatures) || !Object.values(signatures).every(isServerSignatures)) return 'bad-signatures';
  const unsigned = member(json, 'unsigned');
  return unsigned === undefined || isObject(unsigned) ? undefined : 'bad-unsigned';
}

function isServerSignatures(value: Json | undefined): boolean {
  return isObject(value) && Object.values(value).every((signature) => typeof signature === 'string');
}

function holds(object: JsonObject, key: string, accepts: (text: string) => boolean): boolean {
  const value = stringAt(object, key);
  return value !== undefined && accepts(value);
}

function stringAt(object: JsonObject, key: string): string | undefined {
  const value = member(object, key);
  return typeof value === 'string' ? value : undefined;
}

function referencesOf(json: JsonObject, name: string): string[] {
  const list = member(json, name);
  if (!Array.isArray(list)) return [];
  const references: readonly Json[] = list;
  const ids: string[] = [];
  for (const reference of references) {
    const id: unknown = Array.isArray(reference) ? reference[0] : reference;
    if (typeof id === 'string') ids.push(id);
  }
  return ids;
}
