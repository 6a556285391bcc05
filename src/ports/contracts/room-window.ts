// What the front asks a Room for when it assembles a /sync, and what it gets: JSON text, made once for a class of viewers.
// https://spec.matrix.org/v1.19/client-server-api/#syncing
import type { JsonObject } from '../../spec/json.ts';

export interface WindowRequest {
  readonly viewer: {
    readonly userId: string;
    readonly deviceId: string | undefined;
    readonly ignored: readonly string[];
  };
  /** What the viewer is in the room at `to`. For `leave` and `ban` the window ends with that membership event. */
  readonly membership: 'join' | 'leave' | 'ban';
  /** The epoch of the log that the positions are of. */
  readonly epoch: number;
  /** The room position that the viewer's token covers; undefined if the room is new to the viewer (or all is asked anew). */
  readonly after: number | undefined;
  /** The last room position to show. */
  readonly to: number;
  /** Whole state even though `after` is given (`full_state=true`). */
  readonly fullState: boolean;
  /** `state` as of the start of the timeline, or `state_after` as of its end. */
  readonly stateAt: 'start' | 'end';
  /** The filter's `room.timeline` and `room.state` parts and `event_fields`, already checked. */
  readonly filter: {
    readonly timeline: JsonObject;
    readonly state: JsonObject;
    readonly eventFields: readonly string[] | undefined;
    readonly eventFormat: 'client' | 'federation';
  };
  /** Senders whose members the viewer's client already has (lazy loading without redundant members). */
  readonly knownMembers: readonly string[];
  /** Receipts after this receipt position; `'all'` on a room new to the viewer; undefined for none. */
  readonly receiptsAfter: number | 'all' | undefined;
}

export interface RoomWindow {
  /** A JSON array of client events in order, as text, each without room_id. */
  readonly timeline: string;
  readonly timelineCount: number;
  readonly limited: boolean;
  /** The room position just before the first timeline event: a token for /messages is made of it. */
  readonly prevBatch: number;
  /** A JSON array of state events as text. */
  readonly state: string;
  readonly stateCount: number;
  /** The `summary` object as text; undefined if it has not changed since `after`. */
  readonly summary: string | undefined;
  /** The content of one m.receipt event as text; undefined if there is none to show. */
  readonly receipts: string | undefined;
  /** Members that this window has told, to be remembered for lazy loading. */
  readonly membersTold: readonly string[];
}
