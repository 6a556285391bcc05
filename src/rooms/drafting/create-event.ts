// The create event that Home drafted, as the candidate that begins the room.
import { readPdu } from '../../events/read-pdu.ts';
import type { RoomVersion } from '../../events/room-version.ts';
import { roomVersion } from '../../events/room-versions.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import { invalidParam, unsupportedRoomVersion } from '../../spec/errors.ts';
import { isObject, member, type JsonObject } from '../../spec/json.ts';
import type { Candidate } from '../receipt/candidate.ts';

/** Throws 400 M_UNSUPPORTED_ROOM_VERSION or M_INVALID_PARAM. */
export function readCreateEvent(
  roomId: string,
  by: Requester,
  json: JsonObject,
): { candidate: Candidate; version: RoomVersion } {
  const content = member(json, 'content');
  const named = isObject(content) ? member(content, 'room_version') : undefined;
  const version = typeof named === 'string' ? roomVersion(named) : undefined;
  if (version === undefined) throw unsupportedRoomVersion(typeof named === 'string' ? named : '1');
  const reading = readPdu(json, version);
  if (!reading.ok) throw invalidParam(`The create event is not one: ${reading.reason}`);
  const { pdu } = reading;
  if (pdu.type !== 'm.room.create' || pdu.stateKey !== '' || pdu.sender !== by.userId || pdu.roomId !== roomId) {
    throw invalidParam('The create event is not one of this room and user');
  }
  return { candidate: { pdu, signatures: 'unverified', transaction: undefined }, version };
}
