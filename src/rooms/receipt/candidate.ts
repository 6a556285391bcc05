// An event that wants to be part of the room.
import type { Pdu } from '../../events/pdu.ts';
import type { StoredEvent } from '../stored-event.ts';

export interface Candidate {
  readonly pdu: Pdu;
  /** Who vouches for its signatures: we made them ourselves just now, or they are to be verified. */
  readonly signatures: 'made' | 'unverified';
  readonly transaction: StoredEvent['transaction'];
}
