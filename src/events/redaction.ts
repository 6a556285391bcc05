// The redaction algorithm: what of an event its room version protects. Hashes, signatures and event ids are made over it.
// https://spec.matrix.org/v1.19/client-server-api/#redactions
import { isObject, member, type Json, type JsonObject } from '../spec/json.ts';
import { keepWrittenNumbers } from '../spec/written-numbers.ts';
import type { RoomVersion } from './room-version.ts';

/** A copy of `event` (federation format) with only what its room version keeps; `unsigned` goes as well. */
export function redact(event: JsonObject, version: RoomVersion): JsonObject {
  const entries: [string, Json][] = [];
  for (const key of version.redaction.topLevel) {
    const value = member(event, key);
    if (value === undefined) continue;
    entries.push([key, key === 'content' ? redactContent(event, version) : value]);
  }
  return keepWrittenNumbers(event, Object.fromEntries(entries));
}

/** The content that `event` keeps when it is redacted. Content that is kept whole is the same object. */
export function redactContent(event: JsonObject, version: RoomVersion): JsonObject {
  const type = member(event, 'type');
  const content = member(event, 'content');
  if (!isObject(content) || typeof type !== 'string') return {};
  const kept = version.redaction.content.get(type);
  if (kept === undefined) return {};
  if (kept === 'all') return content;
  const entries: [string, Json][] = [];
  for (const key of kept) {
    const value = member(content, key);
    if (value !== undefined) entries.push([key, value]);
  }
  if (type === 'm.room.member' && version.redaction.keepThirdPartyInviteSigned) {
    const invite = member(content, 'third_party_invite');
    if (isObject(invite)) {
      const signed = member(invite, 'signed');
      // Without `signed` an empty object stays, as other servers have it: the event's id depends on it.
      entries.push(['third_party_invite', signed === undefined ? {} : { signed }]);
    }
  }
  return keepWrittenNumbers(content, Object.fromEntries(entries));
}
