// What invited and knocking users are shown of a room is a copy, which a redaction reaches as it reaches every other.
// https://spec.matrix.org/v1.19/client-server-api/#redactions
import type { JsonObject } from '../../spec/json.ts';
import type { Membership } from './room-view.ts';

/**
 * The memberships whose stripped state shows a redacted event, without what it said. `changes` stand before `members`. Stripped
 * events have no ids: that of a sender for the same key is taken for it, so that at worst an older one is pruned as well.
 */
export function withoutRedacted(
  members: ReadonlyMap<string, Membership>,
  changes: ReadonlyMap<string, Membership>,
  pruned: JsonObject,
): Membership[] {
  const found: Membership[] = [];
  const look = (member: Membership): void => {
    if (member.stripped === undefined) return;
    const events = JSON.parse(member.stripped) as readonly JsonObject[];
    const stripped = JSON.stringify(events.map((event) => (isSame(event, pruned) ? pruned : event)));
    if (stripped !== member.stripped) found.push({ ...member, stripped });
  };
  for (const member of members.values()) if (!changes.has(member.userId)) look(member);
  for (const member of changes.values()) look(member);
  return found;
}

function isSame(one: JsonObject, other: JsonObject): boolean {
  return one['type'] === other['type'] && one['state_key'] === other['state_key'] && one['sender'] === other['sender'];
}
