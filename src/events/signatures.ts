// Reading the `signatures` member and checking what stands in it.
// https://spec.matrix.org/v1.19/appendices/#checking-for-a-signature
import { decodeBase64 } from '../spec/base64.ts';
import { isObject, member, type JsonObject } from '../spec/json.ts';
import { verifySignature } from './signing-key.ts';

/** Public keys by key id (`ed25519:name`), 32 bytes each: those that are known and, where it matters, valid at the time. */
export type VerifyKeys = ReadonlyMap<string, Uint8Array>;

/**
 * `unsigned`: nothing by that entity in an algorithm that we know. `unknown-key`: signed, but with none of the keys given.
 * `invalid`: a signature by one of the keys given does not verify.
 */
export type SignatureVerdict = 'valid' | 'unsigned' | 'unknown-key' | 'invalid';

const ALGORITHM = 'ed25519:';
/** More keys than any entity has; ids of others are not worth a request. */
const KEYS_ASKED_FOR = 32;

/** The ids of the keys with which `entity` claims to have signed `object`, of the one algorithm there is: those to look up. */
export function signingKeyIds(object: JsonObject, entity: string): string[] {
  return Object.keys(signaturesOf(object, entity)).filter(isKnownAlgorithm).slice(0, KEYS_ASKED_FOR);
}

/**
 * Checks the signatures of `entity` in `object` over `text`. Signatures of unknown keys are skipped; at least one of a key
 * given must be there, and all of those must verify.
 */
export function checkSignatures(
  object: JsonObject,
  entity: string,
  keys: VerifyKeys,
  text: () => string,
): SignatureVerdict {
  const signatures = signaturesOf(object, entity);
  if (!Object.keys(signatures).some(isKnownAlgorithm)) return 'unsigned';
  let verified = 0;
  // The keys are ours and few, the signatures a stranger's and perhaps many.
  for (const [id, key] of keys) {
    const signature = isKnownAlgorithm(id) ? member(signatures, id) : undefined;
    if (signature === undefined) continue;
    const bytes = typeof signature === 'string' ? decodeBase64(signature) : undefined;
    if (bytes === undefined || !verifySignature(key, text(), bytes)) return 'invalid';
    verified++;
  }
  return verified > 0 ? 'valid' : 'unknown-key';
}

/** `signatures` of `object` with one more; existing ones of others, and of other keys, stay. */
export function withSignature(object: JsonObject, entity: string, keyId: string, signature: string): JsonObject {
  const all = member(object, 'signatures');
  const others = isObject(all) ? all : {};
  const own = signaturesOf(object, entity);
  const added = Object.fromEntries([...Object.entries(own), [keyId, signature]]);
  return Object.fromEntries([...Object.entries(others), [entity, added]]);
}

function signaturesOf(object: JsonObject, entity: string): JsonObject {
  const all = member(object, 'signatures');
  const own = isObject(all) ? member(all, entity) : undefined;
  return isObject(own) ? own : {};
}

function isKnownAlgorithm(keyId: string): boolean {
  return keyId.startsWith(ALGORITHM) && keyId.length > ALGORITHM.length;
}
