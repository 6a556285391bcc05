// The state that a resolution has come to so far: what it started with, and what it has put there since.
import type { RoomEvent } from './room-events.ts';

export class PartialState {
  readonly #start: (type: string, stateKey: string) => RoomEvent | undefined;
  readonly #set = new Map<string, Map<string, RoomEvent>>();

  constructor(start: (type: string, stateKey: string) => RoomEvent | undefined) {
    this.#start = start;
  }

  get(type: string, stateKey: string): RoomEvent | undefined {
    return this.#set.get(type)?.get(stateKey) ?? this.#start(type, stateKey);
  }

  set(event: RoomEvent): void {
    const { type, stateKey } = event.pdu;
    if (stateKey === undefined) return;
    let keys = this.#set.get(type);
    if (keys === undefined) this.#set.set(type, (keys = new Map<string, RoomEvent>()));
    keys.set(stateKey, event);
  }

  /** All that the resolution has put. */
  *all(): Generator<RoomEvent> {
    for (const keys of this.#set.values()) yield* keys.values();
  }
}
