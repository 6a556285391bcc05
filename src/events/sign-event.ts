// Hashing and signing an event. https://spec.matrix.org/v1.19/server-server-api/#adding-hashes-and-signatures-to-outgoing-events
import { encodeBase64 } from '../spec/base64.ts';
import type { JsonObject } from '../spec/json.ts';
import { keepWrittenNumbers } from '../spec/written-numbers.ts';
import { contentHash } from './content-hash.ts';
import { EventText } from './event-text.ts';
import type { RoomVersion } from './room-version.ts';
import { withSignature } from './signatures.ts';
import type { Signer } from './signing-key.ts';

/** A copy of an event that has its hashes with the signer's signature added, as when an invite or a join is co-signed. */
export function signEvent(event: JsonObject, version: RoomVersion, signer: Signer): JsonObject {
  const signature = encodeBase64(signer.sign(new EventText(event, version).signed()));
  return keepWrittenNumbers(event, {
    ...event,
    signatures: withSignature(event, signer.serverName, signer.keyId, signature),
  });
}

/** A copy of a draft in the federation format with its content hash and the signer's signature. */
export function hashAndSignEvent(draft: JsonObject, version: RoomVersion, signer: Signer): JsonObject {
  const hashed = keepWrittenNumbers(draft, { ...draft, hashes: { sha256: contentHash(draft, version) } });
  return signEvent(hashed, version, signer);
}
