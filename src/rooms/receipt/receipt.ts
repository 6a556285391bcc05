// The one way in: every event, whoever made it, passes these checks in this order before it is part of the room.
// https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
import { forbidden } from '../../spec/errors.ts';
import type { Change } from '../change.ts';
import type { StoredEvent } from '../stored-event.ts';
import { authorizedByAuthEvents, authorizedByCurrentState, authorizedByStateBefore } from './authorization.ts';
import type { Candidate } from './candidate.ts';
import { withItsHash } from './content-hash.ts';
import type { Failure } from './finding.ts';
import { applyRedaction } from './redaction.ts';
import { adoptChildren } from '../relations/index-of-relations.ts';
import { isSigned, type KeysOf } from './signatures.ts';
import { fitsAndIsWellFormed } from './size-and-format.ts';
import { stateBefore } from './state-before.ts';

/** An event that has been through the checks: what is to be stored of it, and what they found. */
export interface Checked {
  readonly candidate: Candidate;
  readonly rootBefore: number;
  readonly failure: Failure | undefined;
}

/** A failure by itself means that the event is dropped. */
export function check(change: Change, offered: Candidate, keysOf: KeysOf): Checked | Failure {
  const { data, head } = change;
  const { version } = data;
  const dropped = fitsAndIsWellFormed(data, offered) ?? isSigned(version, offered, keysOf);
  if (dropped !== undefined) return dropped;
  const candidate = withItsHash(version, offered);
  const { pdu } = candidate;
  const rootBefore = stateBefore(change, pdu);
  if (rootBefore === undefined) return { outcome: 'dropped', reason: 'prev-event-missing' };
  const failure =
    authorizedByAuthEvents(data, pdu) ??
    authorizedByStateBefore(data, pdu, rootBefore) ??
    // At the end of the room that was the current state, too.
    (rootBefore === head.root ? undefined : authorizedByCurrentState(data, pdu, head.root));
  return { candidate, rootBefore, failure };
}

/** Takes an event of another server, or says why it is dropped. A rejected or soft-failed one is stored with its reason. */
export function receive(change: Change, offered: Candidate, keysOf: KeysOf): StoredEvent | Failure {
  const known = change.data.byId(offered.pdu.eventId);
  if (known !== undefined) return known;
  const checked = check(change, offered, keysOf);
  return 'outcome' in checked ? checked : take(change, checked);
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

/** `relayed`: the event is another server's, and ours to send to the others in the room. */
export function take(
  change: Change,
  { candidate, rootBefore, failure }: Checked,
  { relayed = false }: { readonly relayed?: boolean } = {},
): StoredEvent {
  const verdict = failure === undefined ? 'accepted' : failure.outcome === 'soft-failed' ? 'soft-failed' : 'rejected';
  const event = change.append({
    pdu: candidate.pdu,
    rootBefore,
    verdict,
    reason: failure?.reason,
    relayed,
    transaction: candidate.transaction,
  });
  if (verdict === 'accepted') applyRedaction(change, event);
  // Nobody can have named an event of our own before it was made.
  if (verdict === 'accepted' && candidate.signatures === 'unverified') adoptChildren(change.data, event);
  return event;
}
