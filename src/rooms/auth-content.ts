// Redacted events as the authorisation rules see them. What an event allows does not depend on whether, and when, a server has
// heard of its redaction: else servers would part over it. Nobody is ever shown more than the redaction leaves.
// https://spec.matrix.org/v1.19/server-server-api/#authorisation-rules
import type { Pdu } from '../events/pdu.ts';
import { member, type JsonObject } from '../spec/json.ts';
import type { RoomData } from './room-data.ts';
import type { StoredEvent } from './stored-event.ts';

/** What the rules of any room version read of an event's content. */
const READ: ReadonlyMap<string, readonly string[]> = new Map([
  ['m.room.create', ['creator', 'additional_creators', 'm.federate', 'room_version']],
  ['m.room.member', ['membership', 'join_authorised_via_users_server', 'third_party_invite']],
  ['m.room.join_rules', ['join_rule', 'allow']],
  [
    'm.room.power_levels',
    [
      'users',
      'users_default',
      'events',
      'events_default',
      'state_default',
      'ban',
      'kick',
      'redact',
      'invite',
      'notifications',
    ],
  ],
  ['m.room.third_party_invite', ['public_key', 'public_keys']],
]);

/** What of an event counts for the rules; undefined if its redaction leaves all of that, or nothing does. */
export function contentForAuth(before: Pdu, pruned: Pdu): JsonObject | undefined {
  if (before.stateKey === undefined || !READ.has(before.type)) return undefined;
  const kept = contentReadForAuth(before);
  return JSON.stringify(kept) === JSON.stringify(contentReadForAuth(pruned)) ? undefined : kept;
}

/** What of an event's content the rules of any room version read. */
export function contentReadForAuth({ type, content }: Pdu): JsonObject {
  const names = READ.get(type) ?? [];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = member(content, name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** The event as it authorises others. */
export function forAuth(data: RoomData, event: StoredEvent): Pdu {
  if (event.redactedBy === undefined || !READ.has(event.pdu.type)) return event.pdu;
  const content = data.authContents.get(event.number);
  return content === undefined ? event.pdu : { ...event.pdu, content: { ...event.pdu.content, ...content } };
}
