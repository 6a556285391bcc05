// Account data and filters of a user.
import type { JsonObject } from '../../spec/json.ts';
import type { Requester } from './requester.ts';

export interface UsersData {
  /** `roomId` undefined: global account data. Throws 404 M_NOT_FOUND. */
  accountData(by: Requester, roomId: string | undefined, type: string): Promise<JsonObject>;
  /** Throws 405 M_BAD_JSON for types that are the server's own, 413 M_TOO_LARGE. */
  setAccountData(by: Requester, roomId: string | undefined, type: string, content: JsonObject): Promise<void>;
  /**
   * Sets a tag of a room, or removes it (`info` undefined); one that is not there may be removed. Throws 413 M_TOO_LARGE.
   * https://spec.matrix.org/v1.19/client-server-api/#room-tagging
   */
  setTag(by: Requester, roomId: string, tag: string, info: JsonObject | undefined): Promise<void>;
  /** Moves the user's `m.fully_read` marker, which is account data that only this may change. */
  setFullyRead(by: Requester, roomId: string, eventId: string): Promise<void>;
  /** Stores a checked filter and answers its id, which never begins with `{`; the same filter has the same id. Throws 413 M_TOO_LARGE. */
  defineFilter(by: Requester, filter: JsonObject): Promise<string>;
  /** Throws 404 M_NOT_FOUND. */
  filter(by: Requester, filterId: string): Promise<JsonObject>;

  /** Whether the user wants no invites at all. https://spec.matrix.org/v1.19/client-server-api/#invite-permission */
  blocksInvites(userId: string): Promise<boolean>;
  /** Gives a room that replaces another the user's tags of that one, and its place among the direct chats. */
  copyRoomData(userId: string, from: string, to: string): Promise<void>;
}
