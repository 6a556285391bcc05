// How a room stands to the rest of the homeserver: its names, the directory, who has forgotten it, what replaces it.
import type { JsonObject } from '../../spec/json.ts';
import type { Requester } from './requester.ts';

export interface RoomLifecycle {
  /** Whether the room has begun. */
  exists(): Promise<boolean>;
  /** Whether anybody may find who is in the room: the join rule is public, or the history world_readable. */
  open(): Promise<boolean>;
  /**
   * Servers that hold the room, ours first if it does, and then those that have been in it for longest; not all of very many.
   * `federates`: whether it is for users of other servers at all.
   */
  servers(): Promise<{ readonly federates: boolean; readonly servers: readonly string[] }>;
  /** Throws 403 M_FORBIDDEN unless the requester may read the room. */
  checkReadable(by: Requester): Promise<void>;
  /** Throws 403 M_FORBIDDEN unless the requester is joined. */
  checkJoined(by: Requester): Promise<void>;
  /** Whether the requester may say what the room is called: send its `m.room.canonical_alias`. */
  mayName(by: Requester): Promise<boolean>;
  /** Takes an alias that is gone out of `m.room.canonical_alias`, if the requester may. */
  dropAlias(by: Requester, alias: string): Promise<void>;

  /** The room's summary. Throws 404 M_NOT_FOUND unless the requester is in the room, invited, or could come in or look in. */
  summary(by: Requester): Promise<JsonObject>;

  /** Whether the room is in the directory of published rooms. Throws 404 M_NOT_FOUND. */
  published(): Promise<boolean>;
  /** Throws 404 M_NOT_FOUND, 403 M_FORBIDDEN for who may not name the room. */
  publish(by: Requester, published: boolean): Promise<void>;

  /**
   * Hides the room's history from a user who has left; once nobody here is in the room or remembers it, it is deleted. Throws 400 M_UNKNOWN while the user is joined, invited or knocking.
   */
  forget(by: Requester): Promise<void>;

  /**
   * Replaces the room by a new one of another version. Throws, before anything is made, 403 M_FORBIDDEN for who may not
   * send `m.room.tombstone`. Answers the new room's id.
   */
  upgrade(
    by: Requester,
    newVersion: string,
    additionalCreators: readonly string[],
  ): Promise<{ readonly roomId: string }>;
}
