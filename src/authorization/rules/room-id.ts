// Rule 2 (version 12 and later): the room id is an accepted create event's id.
// https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules
import type { Outcome } from '../verdict.ts';
import type { Citation } from './citation.ts';

export function roomId({ event, create }: Citation): Outcome {
  if (create === undefined || create.rejected || create.pdu.type !== 'm.room.create') return 'room-id-is-no-accepted-create-event';
  const isItsId = create.pdu.eventId.startsWith('$') && event.roomId === `!${create.pdu.eventId.slice(1)}`;
  return isItsId ? 'continue' : 'room-id-is-no-accepted-create-event';
}
