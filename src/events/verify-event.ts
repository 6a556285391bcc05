// Checking one server's signature of an event.
// https://spec.matrix.org/v1.19/server-server-api/#validating-hashes-and-signatures-on-received-events
import { NotCanonicalError } from '../spec/canonical-json.ts';
import type { JsonObject } from '../spec/json.ts';
import { EventText } from './event-text.ts';
import type { RoomVersion } from './room-version.ts';
import { checkSignatures, type SignatureVerdict, type VerifyKeys } from './signatures.ts';

/**
 * Whether `serverName` signed `event`, full or redacted, with one of `keys`. From room version 5 on the caller gives only
 * keys that were valid at the event's `origin_server_ts` (`enforceKeyValidity`).
 */
export function verifyEvent(
  event: JsonObject,
  version: RoomVersion,
  serverName: string,
  keys: VerifyKeys,
  text?: EventText,
): SignatureVerdict {
  try {
    let signed: string | undefined;
    return checkSignatures(
      event,
      serverName,
      keys,
      () => (signed ??= (text ?? new EventText(event, version)).signed()),
    );
  } catch (error) {
    if (error instanceof NotCanonicalError) return 'invalid';
    throw error;
  }
}
