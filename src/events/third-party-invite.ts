// Whether an invite was really brought about by the third-party identifier that was invited.
// https://spec.matrix.org/v1.19/server-server-api/#verifying-the-invite
import { decodeBase64, decodeBase64Url } from '../spec/base64.ts';
import { isObject, member, type Json, type JsonObject } from '../spec/json.ts';
import { checkSignatures } from './signatures.ts';
import { signedText } from './sign-json.ts';
import { NotCanonicalError } from '../spec/canonical-json.ts';

/** Signatures and keys beyond these are not tried, so that one invite cannot cost thousands of verifications. */
const KEYS_TRIED = 8;
const SIGNERS_TRIED = 8;

/**
 * Whether any signature in `signed` (of `third_party_invite` in an invite's content) is by any public key that `content` of
 * the room's m.room.third_party_invite event names, as `public_key` or in `public_keys`.
 */
export function isSignedByThirdParty(signed: JsonObject, content: JsonObject): boolean {
  const keys = publicKeysOf(content);
  const signatures = member(signed, 'signatures');
  if (keys.length === 0 || !isObject(signatures)) return false;
  try {
    const text = signedText(signed);
    return Object.keys(signatures)
      .slice(0, SIGNERS_TRIED)
      .some((signer) => isSignedByAny(signed, signer, keys, text));
  } catch (error) {
    if (error instanceof NotCanonicalError) return false;
    throw error;
  }
}

/** The keys an m.room.third_party_invite names, 32 bytes each; what is no key is left out. */
export function publicKeysOf(content: JsonObject): Uint8Array[] {
  const texts: (Json | undefined)[] = [member(content, 'public_key')];
  const list = member(content, 'public_keys');
  if (Array.isArray(list)) {
    const entries: readonly Json[] = list;
    for (const entry of entries) if (isObject(entry)) texts.push(member(entry, 'public_key'));
  }
  const keys: Uint8Array[] = [];
  for (const text of texts) {
    // Identity servers give these keys in either alphabet.
    const key = typeof text === 'string' ? (decodeBase64(text) ?? decodeBase64Url(text)) : undefined;
    if (key?.length === 32) keys.push(key);
  }
  return keys.slice(0, KEYS_TRIED);
}

function isSignedByAny(signed: JsonObject, signer: string, keys: readonly Uint8Array[], text: string): boolean {
  const signatures = member(signed, 'signatures');
  const own = isObject(signatures) ? member(signatures, signer) : undefined;
  if (!isObject(own)) return false;
  // The room names keys without ids, so that each is tried under each id.
  return Object.keys(own)
    .slice(0, SIGNERS_TRIED)
    .some((id) => {
      const one: JsonObject = {
        signatures: Object.fromEntries([[signer, Object.fromEntries([[id, own[id] ?? null]])]]),
      };
      return keys.some((key) => checkSignatures(one, signer, new Map([[id, key]]), () => text) === 'valid');
    });
}
