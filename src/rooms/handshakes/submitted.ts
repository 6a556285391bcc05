// A membership event that another server submits: read, and held to what the handshake is for.
// https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_joinroomideventid
import type { Pdu } from '../../events/pdu.ts';
import { readPdu } from '../../events/read-pdu.ts';
import type { RoomVersion } from '../../events/room-version.ts';
import { invalidParam } from '../../spec/errors.ts';
import { serverOf } from '../../spec/identifiers/user-id.ts';
import { member } from '../../spec/json.ts';
import { JsonError, readJson } from '../../spec/strict-json.ts';

/** Throws 400 M_INVALID_PARAM. */
export function readSubmitted(
  text: string,
  version: RoomVersion,
  expected: {
    readonly roomId: string;
    readonly eventId: string;
    readonly origin: string;
    readonly membership: string;
    /** Whether it may change this user's membership; only the sender's own, if not given. */
    readonly target?: (userId: string) => boolean;
  },
): Pdu {
  const pdu = parsed(text, version);
  const { roomId, eventId, origin, membership } = expected;
  if (pdu.roomId !== roomId) throw invalidParam('The event is of another room.');
  if (pdu.eventId !== eventId) throw invalidParam('The event has another id than the path says.');
  if (pdu.type !== 'm.room.member') throw invalidParam('The event is no m.room.member event.');
  if (member(pdu.content, 'membership') !== membership) throw invalidParam(`The membership is not ${membership}.`);
  if (serverOf(pdu.sender) !== origin) throw invalidParam('The sender is no user of your server.');
  const isTarget = expected.target ?? ((userId: string) => userId === pdu.sender);
  if (pdu.stateKey === undefined || !isTarget(pdu.stateKey)) throw invalidParam('The event is about another user.');
  return pdu;
}

function parsed(text: string, version: RoomVersion): Pdu {
  try {
    const { value, integersOnly } = readJson(text);
    const reading = readPdu(value, version, { integersOnly });
    if (reading.ok) return reading.pdu;
    throw invalidParam(`That is no event of this room's version: ${reading.reason.replaceAll('-', ' ')}.`);
  } catch (error) {
    if (error instanceof JsonError) throw invalidParam(error.message);
    throw error;
  }
}
