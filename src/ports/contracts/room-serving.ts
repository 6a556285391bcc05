// What a Room shows to other servers. `server` is who asks, by a request whose signature has been checked. Every method throws
// 403 M_FORBIDDEN where the server is not in the room, was not at that time, or is kept out by the room's m.room.server_acl.
// https://spec.matrix.org/v1.19/server-server-api/#retrieving-events

import type { FoundByTime } from './room-relations.ts';

/** An event as JSON text in the format of its room version. */
export type PduText = string;

export interface RoomServing {
  /** Throws 403 M_FORBIDDEN if the room's access control list keeps the server out; a room that has not begun keeps nobody out. */
  checkAcl(server: string): Promise<void>;

  /** An event that the server may see. Throws 404 M_NOT_FOUND, also for one that is hidden, so that the two look the same. */
  event(server: string, eventId: string): Promise<PduText>;

  /** The ids of the state before an event and of its auth chain. Throws 404 M_NOT_FOUND if there is no such event or state. */
  stateIds(
    server: string,
    eventId: string,
  ): Promise<{ readonly stateIds: readonly string[]; readonly authChainIds: readonly string[] }>;

  /** Some of the events that `stateIds` or `eventAuth` have named, as many as go into one call, from `from` on. */
  events(
    server: string,
    eventIds: readonly string[],
  ): Promise<{ readonly pdus: readonly PduText[]; readonly taken: number }>;

  /** The ids of an event's auth chain. Throws 404 M_NOT_FOUND. */
  authChainIds(server: string, eventId: string): Promise<readonly string[]>;

  /** Events from the given ones backwards, those included, the latest first; what the server may not see is redacted. */
  backfill(server: string, eventIds: readonly string[], limit: number): Promise<readonly PduText[]>;

  /** What stands between `earliest` and `latest`, neither included, the earliest first; likewise. */
  missingEvents(
    server: string,
    gap: {
      readonly latest: readonly string[];
      readonly earliest: readonly string[];
      readonly minDepth: number;
      readonly limit: number;
    },
  ): Promise<readonly PduText[]>;

  /**
   * The event nearest to a time (milliseconds since the epoch) that the server may see, at or after it (`f`) or at or before it
   * (`b`). Throws 404 M_NOT_FOUND.
   */
  eventByTime(server: string, ts: number, direction: 'b' | 'f'): Promise<FoundByTime>;
}
