// Signed objects of end-to-end encryption. Signatures are checked before anything is stored.
// https://spec.matrix.org/v1.19/appendices/#signing-json
import { verifyJson } from '../../events/verify-json.ts';
import { decodeBase64 } from '../../spec/base64.ts';
import { canonicalJson } from '../../spec/canonical-json.ts';
import { isObject, member, type JsonObject } from '../../spec/json.ts';

/** The characters that a cross-signing key with the signatures on it may have, as JSON. Real ones have some 2,000. */
export const SIGNED_OBJECT_LENGTH = 16_384;

/**
 * Whether `object` carries no signature of `userId` at all, or good ones: what is unsigned others do not trust, but a signature
 * that is there must hold.
 */
export function isNotWronglySigned(object: JsonObject, userId: string, keyId: string, publicKey: string): boolean {
  const key = decodeBase64(publicKey);
  return key !== undefined && ['valid', 'unsigned'].includes(verifyJson(object, userId, new Map([[keyId, key]])));
}

/** Whether `object` carries a good signature of `userId` by the Ed25519 key `publicKey` (unpadded base64) named `keyId`. */
export function isSignedBy(object: JsonObject, userId: string, keyId: string, publicKey: string): boolean {
  const key = decodeBase64(publicKey);
  return key !== undefined && verifyJson(object, userId, new Map([[keyId, key]])) === 'valid';
}

/** All signatures of one entity, as `[key id, signature]`. */
export function signaturesOf(
  object: JsonObject,
  userId: string,
): readonly (readonly [keyId: string, signature: string])[] {
  const all = member(object, 'signatures');
  const own = isObject(all) ? member(all, userId) : undefined;
  if (!isObject(own)) return [];
  return Object.entries(own).flatMap(([keyId, signature]) =>
    typeof signature === 'string' ? [[keyId, signature] as const] : [],
  );
}

/** Whether two objects are the same but for their signatures and unsigned parts. */
export function sameButForSignatures(left: JsonObject, right: JsonObject): boolean {
  return canonicalJson(bare(left)) === canonicalJson(bare(right));
}

function bare(object: JsonObject): JsonObject {
  const { signatures: _signatures, unsigned: _unsigned, ...rest } = object;
  return rest;
}
