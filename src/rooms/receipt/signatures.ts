// Check 2: "Passes signature checks, otherwise it is dropped."
// https://spec.matrix.org/v1.19/server-server-api/#validating-hashes-and-signatures-on-received-events
import type { EventText } from '../../events/event-text.ts';
import type { Pdu } from '../../events/pdu.ts';
import { requiredSignatures } from '../../events/required-signatures.ts';
import { signingKeyIds, type VerifyKeys } from '../../events/signatures.ts';
import { verifyEvent } from '../../events/verify-event.ts';
import type { RoomVersion } from '../../events/room-version.ts';
import type { Candidate } from './candidate.ts';
import type { Failure, Finding } from './finding.ts';

/** The keys gathered for the servers that must have signed, good at the event's time. */
export type KeysOf = (serverName: string, pdu: Pdu) => VerifyKeys | undefined;

export function isSigned(version: RoomVersion, { pdu, signatures, canonical }: Candidate, keysOf: KeysOf): Finding {
  // Signed in this very turn, by ourselves: verifying it would only ask whether Ed25519 works.
  if (signatures !== 'unverified') return undefined;
  const signed = signedBy(version, pdu, keysOf, canonical);
  if (signed === 'all') return undefined;
  return 'outcome' in signed ? signed : { outcome: 'dropped', reason: 'signature-not-valid' };
}

/** `all`: every signature that is needed is there and valid; `lacking`: the servers of whom the right keys are not known. */
export function signedBy(
  version: RoomVersion,
  pdu: Pdu,
  keysOf: KeysOf,
  canonical?: EventText,
): 'all' | Failure | { readonly lacking: readonly string[] } {
  const servers = requiredSignatures(pdu, version);
  if (servers === undefined) return { outcome: 'dropped', reason: 'signature-by-nobody' };
  const lacking: string[] = [];
  for (const server of servers) {
    // Whatever keys a server has, it has not signed this.
    if (signingKeyIds(pdu.json, server).length === 0) return { outcome: 'dropped', reason: 'signature-missing' };
    const verdict = verifyEvent(pdu.json, version, server, keysOf(server, pdu) ?? NONE, canonical);
    if (verdict === 'unknown-key') lacking.push(server);
    else if (verdict !== 'valid') return { outcome: 'dropped', reason: 'signature-not-valid' };
  }
  return lacking.length === 0 ? 'all' : { lacking };
}

const NONE: VerifyKeys = new Map();
