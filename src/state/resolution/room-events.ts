// The events of the room that is resolved, by the room's own numbers.
import type { Pdu } from '../../events/pdu.ts';

/** https://spec.matrix.org/v1.19/rooms/v2/#rejected-events */
export interface RoomEvent {
  readonly number: number;
  readonly pdu: Pdu;
  /**
   * What was rejected because of its auth events takes no part in any resolution. What only the state before it forbade takes
   * part, but authorises nothing by being cited.
   */
  readonly rejected: 'by-auth-events' | 'by-state' | undefined;
}

export interface EventSource {
  /** Those of the events that are here. */
  events(numbers: readonly number[]): Iterable<RoomEvent>;
}

/** What one resolution has read. */
export class RoomEvents {
  readonly #source: EventSource;
  readonly #read = new Map<number, RoomEvent>();

  constructor(source: EventSource) {
    this.#source = source;
  }

  /** Reads many at once, so that asking for each then costs nothing. */
  load(numbers: Iterable<number>): void {
    const missing = new Set<number>();
    for (const number of numbers) if (!this.#read.has(number)) missing.add(number);
    if (missing.size === 0) return;
    for (const event of this.#source.events([...missing])) this.#read.set(event.number, event);
  }

  /** Throws if the event is not here: a state or a chain names only what is. */
  get(number: number): RoomEvent {
    const known = this.#read.get(number);
    if (known !== undefined) return known;
    this.load([number]);
    const event = this.#read.get(number);
    if (event === undefined) throw new Error(`event ${number} of a state is not here`);
    return event;
  }
}
