// What is to be done on the network for a shard of Servers, leased to runners. A lease ends by time, so that whoever dies with
// it blocks nobody; doing work twice is harmless, since Rooms and other servers know what comes again.
import type { PduText } from './servers-inbound.ts';
import type { DestinationWork } from './servers-outbound.ts';

export interface ServersWork {
  /** A room has staged events that want something of other servers, or has to be asked whether it has. */
  offer(roomId: string): Promise<void>;
  /** Work that is due, at most so much; empty if nothing is. The alarm wakes the runner for what is due later. */
  lease(most: number): Promise<readonly Work[]>;
  /** What came of work on a room. */
  settleRoom(report: RoomReport): Promise<void>;
}

/** The union grows with what there is to do. */
export type Work = RoomWork | DestinationWork;

/** Hand a room what waits for it, then get what it wants. */
export interface RoomWork {
  readonly kind: 'room';
  readonly roomId: string;
  /** To be given back with the report. */
  readonly stamp: number;
  /** The first of what waits here for the room, in order, all of one origin. */
  readonly waiting:
    | { readonly origin: string; readonly lastId: number; readonly texts: readonly PduText[] }
    | undefined;
}

export interface RoomReport {
  readonly roomId: string;
  readonly stamp: number;
  /** The room has durably taken what waited up to this id. */
  readonly handedOver?: number;
  /** `done`: the room wants nothing. `again`: it does, or could not be asked; it is due later and later each time. */
  readonly outcome: 'done' | 'again';
}
