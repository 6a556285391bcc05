// Check 1: "Is a valid event, otherwise it is dropped." The format of the room version, the limits, and the room it is for.
// https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
import type { RoomData } from '../room-data.ts';
import type { Candidate } from './candidate.ts';
import type { Finding } from './finding.ts';

/** A `Pdu` exists only by way of `readPdu` or `buildEvent`, which check format and size; what is left is the room. */
export function fitsAndIsWellFormed(data: RoomData, { pdu }: Candidate): Finding {
  return pdu.roomId === data.roomId ? undefined : { outcome: 'dropped', reason: 'event-of-another-room' };
}
