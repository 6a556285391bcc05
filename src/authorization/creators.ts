// Who created the room. https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules
import type { Pdu } from '../events/pdu.ts';
import type { RoomVersion } from '../events/room-version.ts';
import { member } from '../spec/json.ts';

/**
 * The one user whose first join needs no permission: the create event's sender (11 and later) or `content.creator`
 * (undefined when that is not a string: then nobody is).
 */
export function creatorOf(create: Pdu, version: RoomVersion): string | undefined {
  if (version.creatorIsSender) return create.sender;
  const creator = member(create.content, 'creator');
  return typeof creator === 'string' ? creator : undefined;
}

/** All creators; those beside the first (12) are creators by power alone and still need to be invited. */
export function creatorsOf(create: Pdu, version: RoomVersion): ReadonlySet<string> {
  const creators = new Set<string>();
  const first = creatorOf(create, version);
  if (first !== undefined) creators.add(first);
  if (!version.privilegedCreators) return creators;
  const additional = member(create.content, 'additional_creators');
  if (Array.isArray(additional)) {
    for (const userId of additional) if (typeof userId === 'string') creators.add(userId);
  }
  return creators;
}
