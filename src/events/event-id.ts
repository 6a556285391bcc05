// Event ids: carried in the event, or its reference hash. https://spec.matrix.org/v1.19/rooms/v3/#event-ids
import { encodeBase64, encodeBase64Url } from '../spec/base64.ts';
import { member, type JsonObject } from '../spec/json.ts';
import { EventText } from './event-text.ts';
import { referenceHash } from './reference-hash.ts';
import type { RoomVersion } from './room-version.ts';

/** The id of `event`. Of room versions that carry it, the `event_id` as it stands, or '' if it is no string. */
export function eventIdOf(event: JsonObject, version: RoomVersion, text?: EventText): string {
  if (version.eventId === 'carried') {
    const carried = member(event, 'event_id');
    return typeof carried === 'string' ? carried : '';
  }
  return eventIdOfHash(referenceHash(event, version, text ?? new EventText(event, version)), version);
}

/** The id that a reference hash gives in room versions from 3 on. */
export function eventIdOfHash(hash: Uint8Array, version: RoomVersion): string {
  return `$${version.eventId === 'hash-base64' ? encodeBase64(hash) : encodeBase64Url(hash)}`;
}

/** An id for an event of the room versions that carry it, from 18 random bytes. https://spec.matrix.org/v1.19/rooms/v1/#event-ids */
export function newEventId(random: Uint8Array, serverName: string): string {
  return `$${Buffer.from(random).toString('base64url')}:${serverName}`;
}
