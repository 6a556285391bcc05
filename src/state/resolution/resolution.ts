// One resolution: the room, the states' disagreement, and what all steps ask about it.
import type { RoomVersion } from '../../events/room-version.ts';
import type { AuthChains } from '../auth-chains/auth-chains.ts';
import type { StateMap } from '../map/state-map.ts';
import type { ConflictedState } from './conflicted-state.ts';
import { RoomEvents, type EventSource, type RoomEvent } from './room-events.ts';

/** What of a room its resolutions need. */
export interface ResolvableRoom extends EventSource {
  readonly version: RoomVersion;
  readonly map: StateMap;
  readonly chains: AuthChains;
  /** The number of the create event. */
  readonly create: number;
  /** The state maps' key for a type and state key; undefined if no state ever held it. */
  key(type: string, stateKey: string): number | undefined;
}

export class Resolution {
  readonly room: ResolvableRoom;
  readonly conflict: ConflictedState;
  readonly events: RoomEvents;

  constructor(room: ResolvableRoom, conflict: ConflictedState) {
    this.room = room;
    this.conflict = conflict;
    this.events = new RoomEvents(room);
  }

  get version(): RoomVersion {
    return this.room.version;
  }

  /** The event of the unconflicted state map for a key: what every state has there. */
  unconflicted(type: string, stateKey: string): RoomEvent | undefined {
    const key = this.room.key(type, stateKey);
    if (key === undefined || this.conflict.keys.has(key)) return undefined;
    const number = this.room.map.get(this.conflict.base, key);
    return number === undefined ? undefined : this.events.get(number);
  }

  /** Whether every state holds this event. */
  isUnconflicted(number: number): boolean {
    const { pdu } = this.events.get(number);
    if (pdu.stateKey === undefined) return false;
    const key = this.room.key(pdu.type, pdu.stateKey);
    return key !== undefined && !this.conflict.keys.has(key) && this.room.map.get(this.conflict.base, key) === number;
  }

  /** The auth events of an event. */
  cited(number: number): readonly RoomEvent[] {
    const auth = this.room.chains.get(number)?.auth ?? [];
    this.events.load(auth);
    return auth.map((one) => this.events.get(one));
  }

  /** The auth event of an event for a key. Of several, which no accepted event has, the first. */
  citedFor(number: number, type: string, stateKey: string): RoomEvent | undefined {
    return this.cited(number).find(({ pdu }) => pdu.type === type && pdu.stateKey === stateKey);
  }

  /** The create event that an event rests on: where it is in no auth_events, the one that the room id names. */
  createOf(number: number): RoomEvent | undefined {
    if (this.version.roomIdIsCreateHash) return this.events.get(this.room.create);
    return this.citedFor(number, 'm.room.create', '');
  }
}
