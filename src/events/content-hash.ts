// The content hash, by which a changed or redacted event is told from the one that was sent.
// https://spec.matrix.org/v1.19/server-server-api/#calculating-the-content-hash-for-an-event
import { createHash } from 'node:crypto';
import { decodeBase64, encodeBase64 } from '../spec/base64.ts';
import { isObject, member, type JsonObject } from '../spec/json.ts';
import { EventText } from './event-text.ts';
import type { RoomVersion } from './room-version.ts';

/** SHA-256 of the event without `hashes`, `signatures` and `unsigned`, in unpadded base64. */
export function contentHash(event: JsonObject, version: RoomVersion, text = new EventText(event, version)): string {
  return encodeBase64(sha256(text.hashed()));
}

/** Whether `hashes.sha256` is the content hash. If not, only the redacted event may be used. */
export function contentHashMatches(
  event: JsonObject,
  version: RoomVersion,
  text = new EventText(event, version),
): boolean {
  const hashes = member(event, 'hashes');
  const claimed = isObject(hashes) ? member(hashes, 'sha256') : undefined;
  if (typeof claimed !== 'string') return false;
  const actual = contentHash(event, version, text);
  if (claimed === actual) return true;
  // Padding and left-over bits are no difference: it is the bytes that are compared.
  const bytes = decodeBase64(claimed);
  return bytes !== undefined && encodeBase64(bytes) === actual;
}

export function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text, 'utf8').digest();
}
