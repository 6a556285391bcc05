// Under which id the sender of a PDU is told what became of it, where no room has computed one.
import { sha256 } from '../events/content-hash.ts';
import { eventIdOf } from '../events/event-id.ts';
import { roomVersion } from '../events/room-versions.ts';
import { encodeBase64Url } from '../spec/base64.ts';
import type { JsonObject } from '../spec/json.ts';

const NEWEST = '12';

/**
 * The event's reference hash as the newest room version makes it, which is what its sender calls it unless its room is older;
 * for what is no event at all, a hash of its text. No decision rests on it.
 */
export function idForAnswer({ text, json }: { readonly text: string; readonly json: JsonObject | undefined }): string {
  const version = roomVersion(NEWEST);
  try {
    if (json && version) return eventIdOf(json, version);
  } catch {
    // It has no canonical form, or nothing in it is where it should be.
  }
  return `$${encodeBase64Url(sha256(text))}`;
}
