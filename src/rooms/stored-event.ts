// An event as the room keeps it: the PDU, where it stands, and what was decided about it.
import type { Pdu } from '../events/pdu.ts';

/** https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu */
export type Verdict = 'accepted' | 'soft-failed' | 'rejected';

export interface StoredEvent {
  /** The room's own number for the event, in the order of arrival. */
  readonly number: number;
  /** As it is shown: pruned once the event is redacted. */
  readonly pdu: Pdu;
  /**
   * The position in the log; undefined for what is not told to clients: rejected and soft-failed events, outliers, and
   * redactions that do not apply (yet).
   */
  readonly roomPos: number | undefined;
  /**
   * Whether the state at the event is not known, because it was only needed to judge others: an auth event, or part of a state.
   * Its verdict is then that of its auth events, it has no place in the room, and its roots mean nothing.
   */
  readonly outlier: boolean;
  /** The state before the event, and after it. */
  readonly rootBefore: number;
  readonly rootAfter: number;
  readonly verdict: Verdict;
  readonly reason: string | undefined;
  /** The number of the event that a state event replaces in the state before it. */
  readonly replaces: number | undefined;
  /** The number of the redaction that was applied to it. */
  readonly redactedBy: number | undefined;
  /** The client's transaction that made it. */
  readonly transaction: { readonly deviceId: string | undefined; readonly id: string } | undefined;
}
