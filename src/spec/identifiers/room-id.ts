// Room ids. https://spec.matrix.org/v1.19/appendices/#room-ids
import { isIdentifier, isIdentifierOnServer } from './common-format.ts';

const HASH_ID = /^![A-Za-z0-9_-]{43}$/;

/** A room id of any room version: opaque, and never asked for a server. */
export function isRoomId(id: string): boolean {
  return id.length > 1 && isIdentifier(id, '!');
}

/** `!opaque_id:domain`, as rooms up to version 11 have it. */
export function isRoomIdOnServer(id: string): boolean {
  return isIdentifierOnServer(id, '!');
}

/** `!` and the hash of the create event, as rooms of version 12 have it. */
export function isHashRoomId(id: string): boolean {
  return HASH_ID.test(id);
}

/** The id of the room that the create event `eventId` makes (version 12). */
export function roomIdOfCreate(eventId: string): string {
  return `!${eventId.slice(1)}`;
}

/** The id of the create event that the room id stands for (version 12). */
export function createOfRoomId(roomId: string): string {
  return `$${roomId.slice(1)}`;
}
