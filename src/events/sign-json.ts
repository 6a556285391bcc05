// Signing any JSON object. https://spec.matrix.org/v1.19/appendices/#signing-json
import { encodeBase64 } from '../spec/base64.ts';
import { canonicalJson } from '../spec/canonical-json.ts';
import type { JsonObject } from '../spec/json.ts';
import { withSignature } from './signatures.ts';
import type { Signer } from './signing-key.ts';

/** A copy of `object` with the signer's signature added. Throws `NotCanonicalError` for what has no canonical form. */
export function signJson(object: JsonObject, signer: Signer): JsonObject {
  return {
    ...object,
    signatures: withSignature(object, signer.serverName, signer.keyId, jsonSignature(object, signer)),
  };
}

/** The signature alone, in unpadded base64, for where it is sent beside what it covers. */
export function jsonSignature(object: JsonObject, signer: Signer): string {
  return encodeBase64(signer.sign(signedText(object)));
}

/** What a signature covers: everything but `signatures` and `unsigned`. */
export function signedText(object: JsonObject): string {
  const { signatures: _signatures, unsigned: _unsigned, ...covered } = object;
  return canonicalJson(covered);
}
