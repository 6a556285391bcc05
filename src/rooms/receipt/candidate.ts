// An event that wants to be part of the room.
import type { Pdu } from '../../events/pdu.ts';
import type { StoredEvent } from '../stored-event.ts';

export interface Candidate {
  readonly pdu: Pdu;
  /** Who vouches for its signatures: we made them ourselves just now, they are to be verified, or they were. */
  readonly signatures: 'made' | 'unverified' | 'verified';
  readonly transaction: StoredEvent['transaction'];
}
