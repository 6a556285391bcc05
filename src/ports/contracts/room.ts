// Room: one room's events, state, timeline, receipts and typing. It alone decides what may happen in it and who may see what.
// Every method throws 403 M_FORBIDDEN or 404 M_NOT_FOUND as the specification says for the operation.
import type { JsonObject } from '../../spec/json.ts';
import type { PushFacts } from './push-facts.ts';
import type { ClientTransaction, Requester } from './requester.ts';
import type {
  ContextRequest,
  EventContext,
  FoundByTime,
  RelationsPage,
  RelationsRequest,
  ThreadsPage,
  ThreadsRequest,
} from './room-relations.ts';
import type { RoomArrival } from './room-arrival.ts';
import type { RoomHandshakes } from './room-handshakes.ts';
import type { RoomLifecycle } from './room-lifecycle.ts';
import type { RoomSending } from './room-sending.ts';
import type { RoomReceipt } from './room-receipt.ts';
import type { RoomServing } from './room-serving.ts';
import type { RoomWindow, WindowRequest } from './room-window.ts';

export interface RoomContract {
  readonly writing: RoomWriting;
  readonly reading: RoomReading;
  readonly ephemeral: RoomEphemeral;
  readonly lifecycle: RoomLifecycle;
  readonly serving: RoomServing;
  readonly receipt: RoomReceipt;
  readonly sending: RoomSending;
  readonly handshakes: RoomHandshakes;
  readonly arrival: RoomArrival;
}

export interface RoomWriting {
  /** Begins the room: create event, creator's join and `steps`, each authorised normally, in one commit. */
  create(by: Requester, pdu: JsonObject, steps: readonly RoomStep[]): Promise<void>;

  /**
   * Sends an event, as state if `stateKey` is given. Answers the event id, the same for a repeated transaction (also
   * after a restart), once it is applied by the sender's own Users group. State equal to the current one makes no event.
   */
  send(
    by: Requester,
    event: NewEvent,
    transaction: ClientTransaction | undefined,
  ): Promise<{ readonly eventId: string }>;
  /** Invite, join, leave, kick, ban, unban and knock: `membership` is what `target` is to have. */
  changeMembership(by: Requester, change: MembershipChange): Promise<void>;
  redact(
    by: Requester,
    eventId: string,
    content: JsonObject,
    transaction: ClientTransaction,
  ): Promise<{ readonly eventId: string }>;
  /** Puts a changed profile into the user's member event, if the user is joined and it differs. */
  profileChanged(userId: string, profile: Profile): Promise<void>;
  /** A local user's account was erased: who comes later sees the events so far redacted. Told once or more often. */
  senderErased(userId: string): Promise<void>;
}

export interface RoomReading {
  /** With `ignored` the event is shown with what its children come to, those of the ignored senders left out. */
  event(by: Requester, eventId: string, ignored?: readonly string[]): Promise<JsonObject>;
  /** An event with what stands before and after it. Throws 404 M_NOT_FOUND unless the requester may see the event. */
  context(by: Requester, request: ContextRequest): Promise<EventContext>;
  /** The events that relate to another. Throws 404 M_NOT_FOUND unless the requester may see that one. */
  relations(by: Requester, request: RelationsRequest): Promise<RelationsPage>;
  threads(by: Requester, request: ThreadsRequest): Promise<ThreadsPage>;
  /** The event nearest to a time (milliseconds since the epoch), at or after it (`f`) or at or before it (`b`). */
  eventByTime(by: Requester, ts: number, direction: 'b' | 'f'): Promise<FoundByTime>;
  /** The sender of an event that the requester may report. Throws 404 M_NOT_FOUND unless they are joined and see it. */
  reportable(by: Requester, eventId: string): Promise<{ readonly sender: string }>;
  /** The events at positions of the log, without room_id; undefined for those that the requester may not see, or has ignored. */
  eventsAt(
    by: Requester,
    positions: readonly number[],
    ignored: readonly string[],
  ): Promise<readonly (JsonObject | undefined)[]>;
  /** The requester's own invite, for who is invited. Throws 403 M_FORBIDDEN for everybody else. */
  invite(by: Requester): Promise<JsonObject>;
  /** All state that the requester may see, as client events. */
  state(by: Requester): Promise<readonly JsonObject[]>;
  stateEvent(by: Requester, type: string, stateKey: string): Promise<JsonObject>;
  members(
    by: Requester,
    filter: { readonly membership?: string; readonly notMembership?: string; readonly at?: number },
  ): Promise<readonly JsonObject[]>;
  joinedMembers(by: Requester): Promise<
    readonly {
      readonly userId: string;
      readonly displayName: string | undefined;
      readonly avatarUrl: string | undefined;
    }[]
  >;
  messages(by: Requester, page: MessagesRequest): Promise<MessagesPage>;
  /** What a /sync shows of the room between two positions of its log; undefined if the log is another one than they are of. */
  window(request: WindowRequest): Promise<RoomWindow | undefined>;
  /** The log after a position. */
  log(group: number, after: number): Promise<{ readonly epoch: number; readonly entries: readonly LogEntry[] }>;
  /**
   * A page of all memberships as they were at a position of the log (undefined: its end), for a Users group that begins with the
   * room there. `after` is the `next` of the page before; -1 for the first.
   */
  memberships(at: number | undefined, after: number): Promise<MembershipsPage>;
}

export interface RoomEphemeral {
  /** Starts, renews or (with `timeoutMs` 0) ends the requester's typing notice. */
  typing(by: Requester, timeoutMs: number): Promise<void>;
  /** Stores a receipt, unless it would move the reader's one backwards. `threadId` undefined: unthreaded. */
  receipt(
    by: Requester,
    receipt: {
      readonly type: 'm.read' | 'm.read.private';
      readonly eventId: string;
      readonly threadId: string | undefined;
    },
  ): Promise<void>;
}

export interface NewEvent {
  readonly type: string;
  readonly stateKey?: string;
  readonly content: JsonObject;
}

/** One thing that createRoom does after the creator's join, in order. */
export type RoomStep =
  | { readonly kind: 'state'; readonly type: string; readonly stateKey: string; readonly content: JsonObject }
  | { readonly kind: 'invite'; readonly userId: string; readonly content: JsonObject }
  | { readonly kind: 'ban'; readonly userId: string; readonly content: JsonObject }
  /** Puts the room into the directory of published rooms. */
  | { readonly kind: 'publish' };

export interface MembershipChange {
  readonly target: string;
  readonly membership: 'invite' | 'join' | 'leave' | 'ban' | 'knock';
  /** Told apart from a leave by another: unban demands that the target is banned, kick that it is in the room. */
  readonly operation: 'invite' | 'join' | 'leave' | 'kick' | 'ban' | 'unban' | 'knock';
  readonly reason?: string;
  /** More members of the content, such as `is_direct`. */
  readonly content?: JsonObject;
}

export interface Profile {
  readonly displayName: string | undefined;
  readonly avatarUrl: string | undefined;
}

export interface MessagesRequest {
  readonly direction: 'b' | 'f';
  /** The room position to go on from: events at or before it (`b`) or after it (`f`). Undefined: the end or beginning. */
  readonly from: number | undefined;
  /** Where to stop, likewise. */
  readonly to: number | undefined;
  readonly limit: number;
  readonly filter: JsonObject;
  /** The senders to leave out. */
  readonly ignored: readonly string[];
}

export interface MessagesPage {
  readonly chunk: readonly JsonObject[];
  readonly start: number;
  /** Undefined at the boundary: there is no more. */
  readonly end: number | undefined;
  /** Members of the chunk's senders, if the filter asks for lazy loading. */
  readonly state: readonly JsonObject[];
}

/** One entry of a Room's log, as a Users group gets it. */
export interface LogEntry {
  readonly roomPos: number;
  readonly kind: 'event' | 'state' | 'redaction' | 'purge';
  /** The event, for kinds `event` and `redaction`. */
  readonly event?: {
    readonly eventId: string;
    readonly type: string;
    readonly stateKey?: string;
    readonly sender: string;
    readonly originServerTs: number;
    /** What push rules need; absent for an event that is redacted already. */
    readonly push?: PushFacts;
    /** Where the event stands in the log that this one, a redaction, has pruned. */
    readonly redacts?: number;
    /** What is left of it, stripped, if it was state: who is invited may have been shown more of it. */
    readonly redactedState?: JsonObject;
  };
  /** Every membership that the entry changed in the current state, of users here and elsewhere. */
  readonly memberships: readonly MembershipEntry[];
  /** Present if the entry turned encryption on or changed what a name or an unread count is made of (a later need). */
  readonly encrypted?: boolean;
}

export interface MembershipsPage {
  readonly epoch: number;
  /** The position that it is of: to be asked for with the next page. */
  readonly roomPos: number;
  readonly memberships: readonly MembershipEntry[];
  /** Undefined on the last page. */
  readonly next: number | undefined;
}

export interface MembershipEntry {
  readonly userId: string;
  readonly membership: string;
  readonly previous: string | undefined;
  readonly sender: string;
  readonly eventId: string;
  /** The member's name in the room. */
  readonly displayName?: string;
  /** For an invite or a knock: the stripped state to show, the membership event itself included. */
  readonly strippedState?: readonly JsonObject[];
}
