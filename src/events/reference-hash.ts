// The reference hash, which covers what of an event no redaction can take away.
// https://spec.matrix.org/v1.19/server-server-api/#calculating-the-reference-hash-for-an-event
import type { JsonObject } from '../spec/json.ts';
import { sha256 } from './content-hash.ts';
import { EventText } from './event-text.ts';
import type { RoomVersion } from './room-version.ts';

/** The 32 bytes of SHA-256 over the redacted event without its signatures. */
export function referenceHash(
  event: JsonObject,
  version: RoomVersion,
  text = new EventText(event, version),
): Uint8Array {
  return sha256(text.signed());
}
