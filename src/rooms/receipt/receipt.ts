// The one way in: every event, whoever made it, passes these checks in this order before it is part of the room.
// https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
import { forbidden } from '../../spec/errors.ts';
import type { Change } from '../change.ts';
import { adoptChildren } from '../relations/index-of-relations.ts';
import type { StoredEvent } from '../stored-event.ts';
import { authorizedByAuthEvents, authorizedByCurrentState, authorizedByStateBefore } from './authorization.ts';
import type { Candidate } from './candidate.ts';
import { withItsHash } from './content-hash.ts';
import type { Failure } from './finding.ts';
import { approvedByPolicyServer } from './policy-server.ts';
import { applyEarlyRedactions, applyRedaction, isHiddenRedaction } from './redaction.ts';
import { isSigned, type KeysOf } from './signatures.ts';
import { fitsAndIsWellFormed } from './size-and-format.ts';
import { stateBefore } from './state-before.ts';

/** An event that has been through the checks: what is to be stored of it, and what they found. */
export interface Checked {
  readonly candidate: Candidate;
  readonly rootBefore: number;
  readonly failure: Failure | undefined;
}

/**
 * A failure by itself means that the event is dropped: as if it had never come. `claimed` is the state before it that another
 * server claims, where prev_events are missing.
 */
export function check(change: Change, offered: Candidate, keysOf: KeysOf, claimed?: number): Checked | Failure {
  const { data, head } = change;
  const { version } = data;
  const dropped = fitsAndIsWellFormed(data, offered) ?? isSigned(version, offered, keysOf);
  if (dropped !== undefined) return dropped;
  const candidate = withItsHash(version, offered);
  const { pdu } = candidate;
  const rootBefore = stateBefore(change, pdu, claimed);
  if (rootBefore === undefined) return { outcome: 'dropped', reason: 'prev-event-missing' };
  const failure =
    authorizedByAuthEvents(data, pdu) ??
    authorizedByStateBefore(data, pdu, rootBefore) ??
    // At the end of the room that was the current state, too.
    (rootBefore === head.root ? undefined : authorizedByCurrentState(data, pdu, head.root)) ??
    approvedByPolicyServer();
  return failure?.outcome === 'dropped' ? failure : { candidate, rootBefore, failure };
}

/** The checks that need no state, of an event that is only to judge others by: check 4 is what decides about it. */
export function checkOutlier(
  change: Change,
  offered: Candidate,
  keysOf: KeysOf,
): Omit<Checked, 'rootBefore'> | Failure {
  const { data } = change;
  const dropped = fitsAndIsWellFormed(data, offered) ?? isSigned(data.version, offered, keysOf);
  if (dropped !== undefined) return dropped;
  const candidate = withItsHash(data.version, offered);
  const failure = authorizedByAuthEvents(data, candidate.pdu);
  return failure?.outcome === 'dropped' ? failure : { candidate, failure };
}

/** Takes an event of another server, or says why it is dropped. A rejected or soft-failed one is stored with its reason. */
export function receive(change: Change, offered: Candidate, keysOf: KeysOf, claimed?: number): StoredEvent | Failure {
  const known = change.data.byId(offered.pdu.eventId);
  if (known !== undefined && !known.outlier) return known;
  const checked = check(change, offered, keysOf, claimed);
  return 'outcome' in checked ? checked : take(change, checked, { known });
}

/** Takes an event without a place in the room: an auth event, or part of a state. `reason` is kept with an accepted one. */
export function receiveOutlier(
  change: Change,
  offered: Candidate,
  keysOf: KeysOf,
  reason?: string,
): StoredEvent | Failure {
  const known = change.data.byId(offered.pdu.eventId);
  if (known !== undefined) return known;
  const checked = checkOutlier(change, offered, keysOf);
  if ('outcome' in checked) return checked;
  const { candidate, failure } = checked;
  const event = change.appendOutlier(
    candidate.pdu,
    failure === undefined ? 'accepted' : 'rejected',
    failure?.reason ?? reason,
  );
  applyEarlyRedactions(change, event);
  return event;
}

/** Judges an outlier anew that was rejected, perhaps because what authorises it was not here yet. */
export function reconsiderOutlier(change: Change, known: StoredEvent, offered: Candidate, keysOf: KeysOf): StoredEvent {
  if (!known.outlier || known.verdict !== 'rejected') return known;
  const checked = checkOutlier(change, offered, keysOf);
  return 'outcome' in checked || checked.failure !== undefined ? known : change.acquit(known);
}

/** A soft-failed event that comes again, when the current state allows it by now, is kept out of sight no longer. */
export function reconsider(change: Change, known: StoredEvent): StoredEvent {
  const { data, head } = change;
  if (known.verdict !== 'soft-failed' || authorizedByCurrentState(data, known.pdu, head.root) !== undefined)
    return known;
  const candidate = { pdu: known.pdu, signatures: 'verified', transaction: undefined } as const;
  return take(change, { candidate, rootBefore: known.rootBefore, failure: undefined }, { known });
}

/**
 * Checks an event of our own. What a local user may not do is refused and leaves no trace, so that an own event is never
 * rejected or soft-failed. Throws 403 M_FORBIDDEN.
 */
export function checkOwn(change: Change, offered: Candidate, keysOf: KeysOf): Checked {
  const checked = check(change, offered, keysOf);
  if ('outcome' in checked) throw new Error(`an event of our own is not fit to be sent: ${checked.reason}`);
  const { failure } = checked;
  if (failure !== undefined) throw forbidden(`You may not do that: ${failure.reason.replaceAll('-', ' ')}.`);
  return checked;
}

/** `known`: the event is here already, as an outlier or soft-failed. `relayed`: it is ours to send on to other servers. */
export function take(
  change: Change,
  { candidate, rootBefore, failure }: Checked,
  { known, relayed }: { readonly known?: StoredEvent | undefined; readonly relayed?: boolean } = {},
): StoredEvent {
  const { data } = change;
  const verdict = failure === undefined ? 'accepted' : failure.outcome === 'soft-failed' ? 'soft-failed' : 'rejected';
  // Nobody can have named an event of our own before it was made.
  const foreign = candidate.signatures !== 'made';
  const event = change.append({
    pdu: known?.redactedBy === undefined ? candidate.pdu : known.pdu,
    rootBefore,
    verdict,
    reason: failure?.reason,
    transaction: candidate.transaction,
    foreign,
    hidden: foreign && isHiddenRedaction(data, candidate.pdu, rootBefore),
    ...(relayed === undefined ? {} : { relayed }),
    known,
  });
  if (verdict === 'accepted') applyRedaction(change, event);
  if (foreign && verdict !== 'rejected') applyEarlyRedactions(change, event);
  if (foreign && verdict === 'accepted') adoptChildren(data, event);
  return event;
}
