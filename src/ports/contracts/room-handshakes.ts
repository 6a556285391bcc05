// How users of other servers come into a room that we are in, leave it, or knock on it, and are invited by our users.
// `origin` is the server that asks, by a request whose signature has been checked.
// https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import type { JsonObject } from '../../spec/json.ts';
import type { Requester } from './requester.ts';
import type { MembershipChange } from './room.ts';
import type { ServerKeys } from './servers-keys.ts';

export type Handshake = 'join' | 'leave' | 'knock';

export interface RoomHandshakes {
  /** Whether any of our users is joined: what we know of a room that nobody of ours is in grows old. */
  isResident(): Promise<boolean>;

  /**
   * What a server needs to make the event with which its user joins, leaves or knocks: a template, unsigned. Throws 404
   * M_NOT_FOUND if we are not in the room, 403 M_FORBIDDEN if the user may not, 400 M_INCOMPATIBLE_ROOM_VERSION if `versions`
   * (not asked of who leaves) lack the room's, 400 M_UNABLE_TO_AUTHORISE_JOIN and M_UNABLE_TO_GRANT_JOIN for a restricted join.
   */
  template(
    origin: string,
    wanted: {
      readonly handshake: Handshake;
      readonly userId: string;
      readonly versions: readonly string[] | undefined;
    },
  ): Promise<{ readonly roomVersion: string; readonly event: JsonObject }>;

  /**
   * Lets the event in that was made of a template; the same event again is answered the same. Answers it as it is now,
   * signed by us where a restricted join asks for that, and for a knock the room's introduction. `keys` are those of the
   * servers that have signed it. Throws 400 M_INVALID_PARAM for what is no such event or not signed as it must be, 403
   * M_FORBIDDEN for what may not happen, and as `template` does.
   */
  accept(
    origin: string,
    handshake: Handshake,
    eventId: string,
    text: string,
    keys: readonly ServerKeys[],
  ): Promise<{ readonly event: string; readonly introduction: readonly string[] }>;

  /**
   * Drafts the invite of a user elsewhere, for that user's server to sign; nothing is written. Undefined if the user is
   * invited already. Throws as `RoomWriting.changeMembership` does.
   */
  draftInvite(
    by: Requester,
    change: MembershipChange,
  ): Promise<
    | {
        readonly roomVersion: string;
        readonly eventId: string;
        readonly event: string;
        readonly introduction: readonly string[];
      }
    | undefined
  >;
  /**
   * Lets in the invite that the other server has signed, if it still may happen. Throws 403 M_FORBIDDEN if it may not, 400
   * M_INVALID_PARAM if it is not what was drafted or not signed by both.
   */
  completeInvite(
    by: Requester,
    target: string,
    eventId: string,
    text: string,
    keys: readonly ServerKeys[],
  ): Promise<void>;
}
