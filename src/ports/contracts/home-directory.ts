// Names of rooms and the published rooms, which a homeserver has one directory of.
// https://spec.matrix.org/v1.19/client-server-api/#room-aliases
import type { JsonObject } from '../../spec/json.ts';
import type { Requester } from './requester.ts';

export interface HomeAliases {
  /** The room that a local alias stands for. An alias whose room is still being made stands for none. */
  get(alias: string): Promise<AliasOwner | undefined>;
  /**
   * Throws 409 M_UNKNOWN if the alias is taken, 400 M_INVALID_PARAM for what is no alias of ours, 403 for too many of the room or,
   * if they are not `unlimited`, of the user.
   */
  set(by: Requester, alias: string, roomId: string, unlimited: boolean): Promise<void>;
  /**
   * Removes the alias if it still stands for the room, and has the room say so if `by` may: at once if the room can be
   * reached, else soon after, whatever happens.
   */
  remove(by: Requester, alias: string, roomId: string): Promise<void>;
  ofRoom(roomId: string): Promise<readonly string[]>;
  /** All aliases of one room become those of another. */
  move(fromRoomId: string, toRoomId: string): Promise<void>;
  /** All aliases of a room that is gone. */
  removeAll(roomId: string): Promise<void>;
  /** The creation that an alias was claimed for came to an end: the alias is there, or free again. */
  settle(roomId: string, made: boolean): Promise<void>;
}

export interface AliasOwner {
  readonly roomId: string;
  readonly creator: string;
}

export interface HomeDirectory {
  /**
   * What a published room shows of itself, or undefined if it is no longer published. What is older than what is known
   * (by `publication`, then by `roomPos`) changes nothing.
   */
  put(roomId: string, publication: number, roomPos: number, listing: Listing | undefined): Promise<void>;
  /** Throws 400 M_INVALID_PARAM for a token that is not ours. */
  page(request: DirectoryRequest): Promise<DirectoryPage>;
}

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3publicrooms */
export interface Listing {
  readonly joined: number;
  readonly roomType: string | undefined;
  /** PublishedRoomsChunk, as clients see it. */
  readonly chunk: JsonObject;
}

export interface DirectoryRequest {
  readonly limit: number;
  readonly since: string | undefined;
  readonly searchTerm: string | undefined;
  /** Null stands for rooms without a type. Undefined: all. */
  readonly roomTypes: readonly (string | null)[] | undefined;
}

export interface DirectoryPage {
  readonly chunk: readonly JsonObject[];
  readonly nextBatch: string | undefined;
  readonly prevBatch: string | undefined;
  readonly total: number;
}
