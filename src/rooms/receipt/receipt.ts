// The one way in: every event, whoever made it, passes these checks in this order before it is part of the room.
// https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
import { MatrixError } from '../../spec/errors.ts';
import type { Change } from '../change.ts';
import type { StoredEvent } from '../stored-event.ts';
import { authorizedByAuthEvents, authorizedByCurrentState, authorizedByStateBefore } from './authorization.ts';
import type { Candidate } from './candidate.ts';
import { hasItsHash } from './content-hash.ts';
import type { Failure, Finding } from './finding.ts';
import { isSigned } from './signatures.ts';
import { fitsAndIsWellFormed } from './size-and-format.ts';
import { stateBefore } from './state-before.ts';

/** Takes the event, or says why not. A rejected or soft-failed event is stored with its reason. */
export function receive(change: Change, candidate: Candidate): StoredEvent | Failure {
  const { data } = change;
  const known = data.byId(candidate.pdu.eventId);
  if (known !== undefined) return known;
  const dropped = checksOfItself(change, candidate);
  if (dropped !== undefined) return dropped;
  const { pdu } = candidate;
  const rootBefore = stateBefore(change, pdu);
  if (rootBefore === undefined) return { outcome: 'dropped', reason: 'prev-event-missing' };
  const failure = checksByState(change, candidate, rootBefore);
  return change.append({
    pdu,
    json: candidate.json,
    rootBefore,
    verdict: failure === undefined || failure.outcome === 'dropped' ? 'accepted' : failure.outcome,
    reason: failure?.reason,
    transaction: candidate.transaction,
  });
}

/**
 * The same for an event of our own making. What a local user may not do is refused and leaves no trace, so an own event is
 * never rejected or soft-failed. Throws 403 M_FORBIDDEN.
 */
export function check(change: Change, candidate: Candidate): number {
  const dropped = checksOfItself(change, candidate);
  if (dropped !== undefined) throw new Error(`an event of our own is not fit to be sent: ${dropped.reason}`);
  const rootBefore = stateBefore(change, candidate.pdu);
  if (rootBefore === undefined) throw new Error('an event of our own follows an event that is not here');
  const failure = checksByState(change, candidate, rootBefore);
  if (failure !== undefined) throw new MatrixError(403, 'M_FORBIDDEN', `Not allowed: ${failure.reason.replaceAll('-', ' ')}`);
  return rootBefore;
}

/** 1 to 3: the event by itself. */
function checksOfItself(change: Change, candidate: Candidate): Finding {
  return fitsAndIsWellFormed(change.data, candidate) ?? isSigned(change.data, candidate) ?? hasItsHash(change.data, candidate);
}

/** 4 to 6: the event in the room. */
function checksByState(change: Change, { pdu }: Candidate, rootBefore: number): Finding {
  const { data, head } = change;
  return (
    authorizedByAuthEvents(data, pdu) ??
    authorizedByStateBefore(data, pdu, rootBefore) ??
    // The rules were just asked about this very state, if the event comes at the end of the room.
    (rootBefore === head.root ? undefined : authorizedByCurrentState(data, pdu, head.root))
  );
}
