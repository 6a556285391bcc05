// An event that wants to be part of the room.
import type { EventText } from '../../events/event-text.ts';
import type { Pdu } from '../../events/pdu.ts';
import type { StoredEvent } from '../stored-event.ts';

export interface Candidate {
  readonly pdu: Pdu;
  /** Its canonical text, from who has written it already. */
  readonly canonical?: EventText | undefined;
  /** Who vouches for its signatures: we made them ourselves just now, they are to be verified, or they were. */
  readonly signatures: 'made' | 'unverified' | 'verified';
  readonly transaction: StoredEvent['transaction'];
}
