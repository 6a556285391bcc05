// How a Room takes events of other servers: it stages them, says what it wants for judging them, is supplied, and tells the
// verdicts. https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
import type { PduText } from './servers-inbound.ts';
import type { ServerKeys } from './servers-keys.ts';

export interface RoomReceipt {
  /**
   * Takes events that `origin` has sent. What is kept is durable when this answers, and what was known already is answered
   * again. `keys` that are at hand save a round. Throws 404 M_NOT_FOUND if the room has not begun here.
   */
  offer(origin: string, texts: readonly PduText[], keys?: readonly ServerKeys[]): Promise<Received>;
  /** Hands over what was wanted, or that it could not be had, and goes on. Empty wants are the end. */
  supply(supplied: Supplied): Promise<Received>;
  /** What the room wants for what it has staged: asked by whoever takes the work up. */
  wants(): Promise<Wants>;
}

export interface Received {
  /** Of an offer: one for each text, in order. Of supplies: those of offered events that were decided. */
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

/**
 * One entry is one request to another server. At most 20 are made for each event that was offered, which is counted durably;
 * each is to be answered by a supply, also if nothing could be had. What was handed out lately is not handed out again.
 */
export interface Wants {
  /** Keys that are to be good at `at`, an origin_server_ts in milliseconds. */
  readonly keys: readonly { readonly serverName: string; readonly keyIds: readonly string[]; readonly at: number }[];
  /** Events between those we have (`earliest`) and `latest`. */
  readonly missing: readonly {
    readonly from: string;
    readonly latest: readonly string[];
    readonly earliest: readonly string[];
    readonly minDepth: number;
    readonly limit: number;
  }[];
  /** The auth chain of an event. */
  readonly auth: readonly Wanted[];
  /** The ids of the state before an event. */
  readonly stateIds: readonly Wanted[];
  /** The state before an event, with its auth chain. */
  readonly state: readonly Wanted[];
  readonly events: readonly Wanted[];
}

export interface Wanted {
  readonly from: string;
  readonly eventId: string;
}

/**
 * How a request ended. `absent`: the server answered that it has none, or gives none; `broken`: with what is no answer;
 * `unreachable`: it may answer another time; `not-asked`: there was no time for it.
 */
export type Answered = 'had' | 'absent' | 'broken' | 'unreachable' | 'not-asked';

export interface Supplied {
  /** Whoever supplies has no more time: nothing is handed out for this. */
  readonly last?: boolean;
  /** Undefined: they could not be had. */
  readonly keys?: readonly { readonly serverName: string; readonly known: ServerKeys | undefined }[];
  /** Servers whose keys there was no time to ask for. */
  readonly keysNotAsked?: readonly string[];
  /** Events that came for any of the others, in pieces of less than 1 MB, before the answer that they belong to. */
  readonly outliers?: { readonly from: string; readonly wantedBy: string; readonly texts: readonly PduText[] };
  readonly missing?: {
    readonly from: string;
    readonly latest: readonly string[];
    readonly answered: Answered;
    readonly texts: readonly PduText[];
    /** There is more of this answer to come. */
    readonly more?: boolean;
  };
  readonly auth?: readonly (Wanted & { readonly answered: Answered })[];
  readonly stateIds?: readonly (Wanted & {
    readonly answered: Answered;
    readonly ids: readonly string[];
    /** Ids of the auth chain of that state. */
    readonly authIds?: readonly string[];
    /** There are more ids of this answer to come. */
    readonly more?: boolean;
  })[];
  readonly state?: readonly (Wanted & { readonly answered: Answered })[];
  readonly events?: readonly (Wanted & { readonly answered: Answered; readonly text: PduText | undefined })[];
}
