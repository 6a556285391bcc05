// One event and the auth events it cites: what the two rules ask about that depend on no state.
import type { Pdu } from '../../events/pdu.ts';
import type { RoomVersion } from '../../events/room-version.ts';

/** An event as it was received: rejected or accepted. A soft-failed event was accepted. */
export interface ReceivedEvent {
  readonly pdu: Pdu;
  readonly rejected: boolean;
}

export interface Citation {
  readonly event: Pdu;
  readonly version: RoomVersion;
  readonly authEvents: readonly ReceivedEvent[];
  /** The create event whose id the room id is, where it is known (12 and later; before it stands among the auth events). */
  readonly create: ReceivedEvent | undefined;
}
