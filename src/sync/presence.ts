// m.presence events of a /sync. https://spec.matrix.org/v1.19/client-server-api/#presence
import type { PresenceEntry } from '../ports/contracts/users-presence.ts';
import { type JsonObject, member } from '../spec/json.ts';
import { letsSender, letsType } from './filter.ts';

/** Whether the filter lets any presence pass. */
export function hearsPresence(filter: JsonObject): boolean {
  return letsType(filter, 'm.presence') && member(filter, 'limit') !== 0;
}

/** The events that the filter lets pass, the limit included. */
export function presenceEvents(entries: readonly PresenceEntry[], filter: JsonObject): readonly JsonObject[] {
  if (!hearsPresence(filter)) return [];
  const limit = member(filter, 'limit');
  return entries
    .filter(({ userId }) => letsSender(filter, userId))
    .slice(0, typeof limit === 'number' ? limit : undefined)
    .map((entry) => ({ type: 'm.presence', sender: entry.userId, content: presenceContent(entry) }));
}

export function presenceContent(entry: PresenceEntry): JsonObject {
  const { presence, lastActiveAgo, currentlyActive, statusMsg, displayName, avatarUrl } = entry;
  return {
    presence,
    ...(lastActiveAgo === undefined ? {} : { last_active_ago: lastActiveAgo }),
    ...(presence === 'online' ? { currently_active: currentlyActive } : {}),
    ...(statusMsg === undefined ? {} : { status_msg: statusMsg }),
    ...(displayName === undefined ? {} : { displayname: displayName }),
    ...(avatarUrl === undefined ? {} : { avatar_url: avatarUrl }),
  };
}
