// Check 2: "Passes signature checks, otherwise it is dropped."
// https://spec.matrix.org/v1.19/server-server-api/#validating-hashes-and-signatures-on-received-events
import { requiredSignatures } from '../../events/required-signatures.ts';
import type { VerifyKeys } from '../../events/signatures.ts';
import { verifyEvent } from '../../events/verify-event.ts';
import type { RoomVersion } from '../../events/room-version.ts';
import type { Candidate } from './candidate.ts';
import type { Finding } from './finding.ts';

/** The keys gathered for the servers that must have signed, good at the event's time. */
export type KeysOf = (serverName: string) => VerifyKeys | undefined;

export function isSigned(version: RoomVersion, { pdu, signatures }: Candidate, keysOf: KeysOf): Finding {
  // Signed in this very turn, by ourselves: verifying it would only ask whether Ed25519 works.
  if (signatures === 'made') return undefined;
  const servers = requiredSignatures(pdu, version);
  if (servers === undefined) return { outcome: 'dropped', reason: 'signature-by-nobody' };
  for (const server of servers) {
    const keys = keysOf(server);
    if (keys === undefined || verifyEvent(pdu.json, version, server, keys) !== 'valid') {
      return { outcome: 'dropped', reason: 'signature-not-valid' };
    }
  }
  return undefined;
}
