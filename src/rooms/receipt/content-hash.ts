// Check 3: "Passes hash checks, otherwise it is redacted before being processed further."
// https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
import { contentHashMatches } from '../../events/content-hash.ts';
import { pduOf } from '../../events/read-pdu.ts';
import { redact } from '../../events/redaction.ts';
import type { RoomVersion } from '../../events/room-version.ts';
import type { Candidate } from './candidate.ts';

/** The candidate, or what its redaction leaves of it; both have the same event id. */
export function withItsHash(version: RoomVersion, candidate: Candidate): Candidate {
  const { pdu, canonical, signatures } = candidate;
  if (signatures === 'made' || contentHashMatches(pdu.json, version, canonical)) return candidate;
  return { ...candidate, canonical: undefined, pdu: pduOf(redact(pdu.json, version), version, pdu.eventId) };
}
