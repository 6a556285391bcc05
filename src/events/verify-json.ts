// Checking signatures of any JSON object. https://spec.matrix.org/v1.19/appendices/#checking-for-a-signature
import { NotCanonicalError } from '../spec/canonical-json.ts';
import type { JsonObject } from '../spec/json.ts';
import { signedText } from './sign-json.ts';
import { checkSignatures, type SignatureVerdict, type VerifyKeys } from './signatures.ts';

/** Whether `entity` (a server name or a user id) signed `object` with one of `keys`. */
export function verifyJson(object: JsonObject, entity: string, keys: VerifyKeys): SignatureVerdict {
  try {
    return checkSignatures(object, entity, keys, () => signedText(object));
  } catch (error) {
    if (error instanceof NotCanonicalError) return 'invalid';
    throw error;
  }
}
