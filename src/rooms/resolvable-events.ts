// The room's events as resolutions read them, kept from one resolution to the next while the room has branches: each event that
// comes on one of several is resolved with all that the branches disagree about.
import type { Pdu } from '../events/pdu.ts';
import type { RoomEvent } from '../state/resolution/room-events.ts';
import { contentReadForAuth, forAuth } from './auth-content.ts';
import { Bounded } from './bounded.ts';
import { authorizedByAuthEvents } from './receipt/authorization.ts';
import type { RoomData } from './room-data.ts';
import type { StoredEvent } from './stored-event.ts';

const EVENTS_KEPT = 8192;
/** What has more content, in characters, is read again each time, so that what is kept has a limit. */
const CONTENT_MAX = 2000;

export class ResolvableEvents {
  readonly #data: RoomData;
  readonly #kept = new Bounded<number, RoomEvent>(EVENTS_KEPT);

  constructor(data: RoomData) {
    this.#data = data;
  }

  /** Those of the events that are here. */
  many(numbers: readonly number[]): RoomEvent[] {
    const found: RoomEvent[] = [];
    const missing: number[] = [];
    for (const number of numbers) {
      const kept = this.#kept.get(number);
      if (kept === undefined) missing.push(number);
      else found.push(kept);
    }
    for (const event of missing.length === 0 ? [] : this.#data.many(missing)) {
      const read = this.#asRoomEvent(event);
      if (JSON.stringify(read.pdu.content).length <= CONTENT_MAX) this.#kept.set(event.number, read);
      found.push(read);
    }
    return found;
  }

  /** What is known of an event has changed. */
  delete(number: number): void {
    this.#kept.delete(number);
  }

  forget(): void {
    this.#kept.clear();
  }

  #asRoomEvent(event: StoredEvent): RoomEvent {
    const { number, verdict } = event;
    const pdu = forAuth(this.#data, event);
    if (verdict !== 'rejected') return { number, pdu: slim(pdu), rejected: undefined };
    const byAuthEvents = authorizedByAuthEvents(this.#data, pdu) !== undefined;
    return { number, pdu: slim(pdu), rejected: byAuthEvents ? 'by-auth-events' : 'by-state' };
  }
}

/** Without what the rules do not read. Of a create event they read whether it has a room id. */
function slim(pdu: Pdu): Pdu {
  return pdu.type === 'm.room.create' ? pdu : { ...pdu, content: contentReadForAuth(pdu), json: {} };
}
