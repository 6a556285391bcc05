// The stream: every change that any of a group's users may have to see has one position. Rooms feed it, /sync reads it.
import type { JsonObject } from '../../spec/json.ts';
import type { Requester } from './requester.ts';
import type { LogEntry } from './room.ts';
import type { PresenceEntry, SyncPresence } from './users-presence.ts';
import type { Unread } from './users-push.ts';

export interface UsersStream {
  /**
   * Takes entries of a Room's log that follow position `after`. Answers the last position it has then: smaller than
   * `after` if there is a gap (nothing is taken), and what it has already is left out. A new epoch takes the room anew.
   */
  apply(
    roomId: string,
    epoch: number,
    after: number,
    entries: readonly LogEntry[],
  ): Promise<{ readonly applied: number }>;
  /** Who is typing in a room, whole. Not durable. */
  applyTyping(roomId: string, userIds: readonly string[]): Promise<void>;
  /** The room's receipts have come to a position. */
  applyReceipts(roomId: string, receiptPos: number): Promise<void>;

  /** What is new for a device since a token. Throws 400 M_UNKNOWN (M_INVALID_PARAM) for a token that is not one of ours. */
  news(by: Requester, request: NewsRequest): Promise<News>;
  /** Whether there may be news after a token. A /sync begins to listen for the bell, asks this, and only then waits. */
  hasNews(by: Requester, since: string, presence?: SyncPresence): Promise<boolean>;

  /** Where a room was at a token, for /messages and /members; undefined if the token does not reach the room. */
  roomPosition(by: Requester, token: string, roomId: string): Promise<number | undefined>;
  /** keys/changes, between two tokens. */
  deviceListChanges(
    by: Requester,
    from: string,
    to: string,
  ): Promise<{ readonly changed: readonly string[]; readonly left: readonly string[] }>;
  /** Shows a room that the user has left no longer, until the user's membership changes again. */
  forget(by: Requester, roomId: string): Promise<void>;
  joinedRooms(by: Requester): Promise<readonly string[]>;
  /** The rooms that both are joined to, in order. */
  mutualRooms(by: Requester, userId: string): Promise<readonly string[]>;
  ignoredUsers(by: Requester): Promise<readonly string[]>;
}

export interface NewsRequest {
  readonly since: string | undefined;
  readonly fullState: boolean;
  /** Whether rooms that were left before `since` are asked for. */
  readonly includeLeave: boolean;
  /**
   * Rooms that were left out of the answer that `since` is of, with the room position that the client has of each. It means
   * nothing if the room's log is another one by now: then the room is told as if it were new.
   */
  readonly owed: readonly { readonly roomId: string; readonly epoch: number; readonly after: number | undefined }[];
  /** Undefined if presence is switched off. */
  readonly presence?: SyncPresence | undefined;
  /** To-device messages are neither told nor taken as received: whoever asks shows none. */
  readonly roomsOnly?: boolean;
}

export interface News {
  readonly nextBatch: string;
  readonly rooms: readonly RoomNews[];
  readonly accountData: readonly { readonly type: string; readonly content: JsonObject }[];
  readonly toDevice: readonly JsonObject[];
  /** Empty on an initial sync. */
  readonly devicesChanged: readonly string[];
  readonly devicesLeft: readonly string[];
  readonly oneTimeKeyCounts: readonly (readonly [algorithm: string, count: number])[];
  readonly unusedFallbackKeyTypes: readonly string[];
  readonly ignoredUsers: readonly string[];
  /** Users whose presence changed, the ignored ones left out. */
  readonly presence: readonly PresenceEntry[];
}

export interface RoomNews {
  readonly roomId: string;
  readonly membership: 'join' | 'invite' | 'knock' | 'leave' | 'ban';
  /** The epoch of the room's log that the positions are of. */
  readonly epoch: number;
  /** For a window: the room position that the token covers; undefined if the room is new to the user since then. */
  readonly after: number | undefined;
  readonly to: number;
  /** Whether the room's log moved between the two; if not, no window is needed for the timeline. */
  readonly moved: boolean;
  /** For invites and knocks. */
  readonly strippedState: readonly JsonObject[] | undefined;
  readonly accountData: readonly { readonly type: string; readonly content: JsonObject }[];
  /** The whole list, if it changed since the token. */
  readonly typing: readonly string[] | undefined;
  /** See WindowRequest. */
  readonly receiptsAfter: number | 'all' | undefined;
  /** For joined rooms. */
  readonly unread: Unread | undefined;
}
