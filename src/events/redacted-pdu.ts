// An event after its redaction: what is kept when its content hash does not match, or when somebody redacted it.
// https://spec.matrix.org/v1.19/client-server-api/#redactions
import type { Pdu } from './pdu.ts';
import { pduOf } from './read-pdu.ts';
import { redact } from './redaction.ts';
import type { RoomVersion } from './room-version.ts';

/** `pdu` with only what its room version keeps; its id stays. */
export function redactedPdu(pdu: Pdu, version: RoomVersion): Pdu {
  return pduOf(redact(pdu.json, version), version, pdu.eventId);
}
