// Event ids. https://spec.matrix.org/v1.19/appendices/#event-ids
import { isIdentifier, isIdentifierOnServer } from './common-format.ts';

/** An event id of any room version: opaque. */
export function isEventId(id: string): boolean {
  return id.length > 1 && isIdentifier(id, '$');
}

/** `$opaque_id:domain`, as room versions 1 and 2 have it. */
export function isEventIdOnServer(id: string): boolean {
  return isIdentifierOnServer(id, '$');
}
