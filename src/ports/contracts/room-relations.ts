// What a Room answers of events that belong together: around one event, related to it, in threads, and by time.
import type { JsonObject } from '../../spec/json.ts';

/** How a reader wants events. */
export interface ReadingWish {
  /** A RoomEventFilter, already checked. */
  readonly filter: JsonObject;
  /** The senders to leave out. */
  readonly ignored: readonly string[];
}

export interface ContextRequest extends ReadingWish {
  readonly eventId: string;
  /** How many events before and after, together. */
  readonly limit: number;
}

export interface EventContext {
  readonly event: JsonObject;
  /** Newest first. */
  readonly before: readonly JsonObject[];
  readonly after: readonly JsonObject[];
  /** Room positions to go on from, backwards and forwards. */
  readonly start: number;
  readonly end: number;
  /** The state at the last event returned. */
  readonly state: readonly JsonObject[];
}

export interface RelationsRequest {
  readonly eventId: string;
  readonly relType: string | undefined;
  readonly eventType: string | undefined;
  readonly direction: 'b' | 'f';
  /** Room positions: events at or before `from` (`b`) or after it (`f`), and where to stop. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly limit: number;
  /** Whether children of children are wanted; undefined if the client did not say. */
  readonly recurse: boolean | undefined;
  readonly ignored: readonly string[];
}

export interface RelationsPage {
  readonly chunk: readonly JsonObject[];
  /** Undefined where there is no more. */
  readonly next: number | undefined;
  /** How many levels were read; undefined if the client did not say whether to recurse. */
  readonly depth: number | undefined;
}

export interface ThreadsRequest {
  /** Only those in which the requester took part. */
  readonly participated: boolean;
  /** The room position to go on from: threads whose latest reply is at or before it. */
  readonly from: number | undefined;
  readonly limit: number;
  readonly ignored: readonly string[];
}

export interface ThreadsPage {
  /** The roots, that of the latest reply first. */
  readonly chunk: readonly JsonObject[];
  /** Undefined where there is no more. */
  readonly next: number | undefined;
}

export interface FoundByTime {
  readonly eventId: string;
  readonly originServerTs: number;
}
