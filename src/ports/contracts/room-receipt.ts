// How a Room takes events of other servers: it stages them, says what it wants for judging them, is supplied, and tells the
// verdicts. https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
import type { PduText } from './servers-inbound.ts';
import type { ServerKeys } from './servers-keys.ts';

export interface RoomReceipt {
  /**
   * Takes events that `origin` has sent. What is kept is durable when this answers, and what was known already is answered
   * again. Throws 404 M_NOT_FOUND if the room has not begun here.
   */
  offer(origin: string, texts: readonly PduText[]): Promise<Received>;
  /** Hands over what was wanted, or that it could not be had, and goes on. Empty wants are the end. */
  supply(supplied: Supplied): Promise<Received>;
  /** What the room wants for what it has staged: asked by whoever takes the work up. */
  wants(): Promise<Wants>;
}

export interface Received {
  /** Of an offer: one for each text, in order. Of supplies: those that were decided. */
  readonly results: readonly PduResult[];
  readonly wants: Wants;
}

export interface PduResult {
  /** Undefined for what is no event. */
  readonly eventId: string | undefined;
  readonly outcome: 'accepted' | 'soft-failed' | 'rejected' | 'dropped' | 'staged';
  /** Why it was rejected or dropped, for who has sent it. */
  readonly reason?: string;
}

/** All of it bounded; each round counts durably against the event that wants it. */
export interface Wants {
  /** Keys that are to be good at `at`, an origin_server_ts in milliseconds; without it whenever they were good. */
  readonly keys: readonly { readonly serverName: string; readonly keyIds: readonly string[]; readonly at?: number }[];
  /** Events between those we have (`earliest`) and `latest`. */
  readonly missing?: {
    readonly from: string;
    readonly latest: readonly string[];
    readonly earliest: readonly string[];
    readonly minDepth: number;
    readonly limit: number;
  };
  /** The ids of the state before an event. */
  readonly state?: { readonly from: string; readonly eventId: string };
  readonly events: readonly { readonly from: string; readonly eventId: string }[];
}

export interface Supplied {
  /** For each server that keys were wanted of: all that is known. */
  readonly keys: readonly ServerKeys[];
  /** What came for `missing`; empty `texts` if nothing could be had. */
  readonly missing?: { readonly from: string; readonly texts: readonly PduText[] };
  /** Undefined ids: they could not be had. */
  readonly state?: {
    readonly from: string;
    readonly eventId: string;
    readonly ids: { readonly state: readonly string[]; readonly authChain: readonly string[] } | undefined;
  };
  /** For each event that was wanted: its text, or undefined if it could not be had. */
  readonly events: readonly { readonly from: string; readonly eventId: string; readonly text: PduText | undefined }[];
}
