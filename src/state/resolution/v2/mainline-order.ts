// Mainline ordering. https://spec.matrix.org/v1.19/rooms/v2/#definitions
import { compareCodePoints } from '../../../spec/canonical-json.ts';
import type { Resolution } from '../resolution.ts';
import type { RoomEvent } from '../room-events.ts';

/** Sorts events by where their power levels join the mainline of `powerLevels`: undefined where no such event is in the state. */
export function mainlineOrder(
  resolution: Resolution,
  events: readonly RoomEvent[],
  powerLevels: RoomEvent | undefined,
): RoomEvent[] {
  const mainline = new Mainline(resolution, powerLevels);
  return events
    .map((event) => ({ event, position: mainline.positionOf(event) }))
    .toSorted((a, b) => (a.position === b.position ? byTimeAndId(a.event, b.event) : a.position > b.position ? -1 : 1))
    .map(({ event }) => event);
}

/** Negative if `one` is earlier by its `origin_server_ts` or, at the same time, its id is less. */
export function byTimeAndId(one: RoomEvent, other: RoomEvent): number {
  return one.pdu.originServerTs - other.pdu.originServerTs || compareCodePoints(one.pdu.eventId, other.pdu.eventId);
}

/** The mainline, followed only as far back as somebody joins it: a room's whole history of power levels may be long. */
class Mainline {
  readonly #resolution: Resolution;
  readonly #positions = new Map<number, number>();
  /** The next of the mainline, to be numbered when it is needed. */
  #next: number | undefined;
  /** Where lines of power levels join the mainline, by their first event. */
  readonly #joins = new Map<number, number>();
  readonly #parents = new Map<number, number | undefined>();

  constructor(resolution: Resolution, powerLevels: RoomEvent | undefined) {
    this.#resolution = resolution;
    this.#next = powerLevels?.number;
  }

  positionOf(event: RoomEvent): number {
    const first = this.#parent(event.number);
    if (first === undefined) return Infinity;
    const known = this.#joins.get(first);
    if (known !== undefined) return known;
    const position = this.#follow(first);
    this.#joins.set(first, position);
    return position;
  }

  /** Follows the line and the mainline by turns: neither is to be followed far past the place where they meet. */
  #follow(first: number): number {
    const line = new Set<number>();
    let at: number | undefined = first;
    for (;;) {
      if (at !== undefined) line.add(at);
      const grown = this.#extend();
      const isJoined = (at !== undefined && this.#positions.has(at)) || (grown !== undefined && line.has(grown));
      if (isJoined) {
        for (const number of line) {
          const position = this.#positions.get(number);
          if (position !== undefined) return position;
        }
      }
      if (at !== undefined) at = this.#parent(at);
      if (at === undefined && grown === undefined) return Infinity;
    }
  }

  /** The event by which the mainline has grown; undefined at its end. */
  #extend(): number | undefined {
    const grown = this.#next;
    if (grown === undefined) return undefined;
    this.#positions.set(grown, this.#positions.size);
    this.#next = this.#parent(grown);
    return grown;
  }

  #parent(number: number): number | undefined {
    if (!this.#parents.has(number))
      this.#parents.set(number, this.#resolution.citedFor(number, 'm.room.power_levels', '')?.number);
    return this.#parents.get(number);
  }
}
