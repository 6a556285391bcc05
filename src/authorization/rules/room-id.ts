// Rule 2 (version 12 and later): the room id is an accepted create event's id.
// https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules
import { createOfRoomId } from '../../spec/identifiers/room-id.ts';
import type { Outcome } from '../verdict.ts';
import type { Citation } from './citation.ts';

export function roomId({ event, create }: Citation): Outcome {
  const isAccepted = create !== undefined && !create.rejected && create.pdu.type === 'm.room.create';
  const isNamed = isAccepted && event.roomId.startsWith('!') && createOfRoomId(event.roomId) === create.pdu.eventId;
  return isNamed ? 'continue' : 'room-id-is-no-accepted-create-event';
}
