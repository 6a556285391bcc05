// How users of ours come into a room that nobody of ours is in, with the help of servers that are; and what we are told of such a
// room from outside: invites, and knocks of our users. https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import type { JsonObject } from '../../spec/json.ts';
import type { Requester } from './requester.ts';
import type { Handshake } from './room-handshakes.ts';
import type { ServerKeys } from './servers-keys.ts';

export interface RoomArrival {
  /** How the room stands to one of our users. `resident`: somebody of ours is in it, so that nobody else need be asked. */
  standing(userId: string): Promise<{
    readonly resident: boolean;
    readonly membership: string | undefined;
    /** Who made the event of that membership: whose server knows the room. */
    readonly by: string | undefined;
  }>;
  /**
   * The servers that may let our user into a restricted room that we are in, where nobody of ours may; none if the user can
   * or cannot join without them.
   */
  vouchingServers(by: Requester): Promise<readonly string[]>;

  /**
   * Another server invites a user of ours. Answers the event with our signature, which is all that is changed in it. Where
   * nobody of ours is in the room, the user is told by us. `keys` are those of the servers that have signed it. Throws 400
   * M_INCOMPATIBLE_ROOM_VERSION, 400 M_INVALID_PARAM for what is no invite of a user of ours by one of theirs, 404
   * M_NOT_FOUND if there is no such user, 403 M_INVITE_BLOCKED.
   */
  receiveInvite(
    origin: string,
    invite: {
      readonly eventId: string;
      readonly roomVersion: string;
      readonly event: string;
      readonly introduction: readonly string[];
      readonly keys: readonly ServerKeys[];
    },
  ): Promise<string>;

  /**
   * Makes our user's event of another server's template, of which only the references, the depth and the voucher are taken.
   * Nothing is written. Throws 400 M_INVALID_PARAM for a template that is not fit for it.
   */
  draft(
    by: Requester,
    wanted: {
      readonly handshake: Handshake;
      readonly roomVersion: string;
      readonly template: JsonObject;
      readonly reason: string | undefined;
      readonly content: JsonObject;
    },
  ): Promise<{ readonly eventId: string; readonly event: string }>;

  /** Ends an invite to, or a knock on, a room that nobody of ours is in; whoever else has heard of it. */
  leave(by: Requester): Promise<void>;
  /** Our user's knock was taken by another server; `introduction` is what that one tells of the room. */
  knocked(
    by: Requester,
    knock: {
      readonly eventId: string;
      readonly roomVersion: string;
      readonly event: string;
      readonly introduction: readonly string[];
    },
  ): Promise<void>;

  /**
   * Begins to bring a room here. One does at a time, and has two minutes from one step to the next. `resident`: somebody of
   * ours is in it by now.
   */
  claim(
    roomVersion: string,
  ): Promise<
    | { readonly kind: 'yours'; readonly claim: number }
    | { readonly kind: 'resident' }
    | { readonly kind: 'under-way'; readonly waitMs: number }
  >;
  /**
   * Takes some of the state before the join, or of its auth chain. An event comes after those that it names in auth_events.
   * What is not fit to be taken is left out. Throws 409 M_UNKNOWN if the claim is over.
   */
  stage(
    claim: number,
    role: 'auth-chain' | 'state',
    events: readonly string[],
    keys: readonly ServerKeys[],
  ): Promise<void>;
  /** The room is here: our user joins it with `event`. Throws 400 M_INVALID_PARAM if the state does not allow that. */
  finish(
    claim: number,
    by: Requester,
    join: { readonly eventId: string; readonly event: string; readonly keys: readonly ServerKeys[] },
  ): Promise<void>;
  abandon(claim: number): Promise<void>;
}
