// Whether what an identity server signed when a third party became a user was signed with a key of the invitation.
// https://spec.matrix.org/v1.19/client-server-api/#mroomthird_party_invite
import type { Pdu } from '../../../events/pdu.ts';
import { signedText } from '../../../events/sign-json.ts';
import { verifySignature } from '../../../events/signing-key.ts';
import { decodeBase64, decodeBase64Url } from '../../../spec/base64.ts';
import { NotCanonicalError } from '../../../spec/canonical-json.ts';
import { isObject, member } from '../../../spec/json.ts';
import type { JsonObject } from '../../../spec/json.ts';

/**
 * How many pairs of a key and a signature one event may ask us to try. Real ones have two keys and one signature; two
 * events of the greatest size could name a million pairs, and keep a server busy for a minute.
 */
const MAXIMUM_PAIRS = 100;
const ALGORITHM = 'ed25519:';

/** Whether any signature in `signed`, of whatever server, was made with any public key in the m.room.third_party_invite event. */
export function isSignedForInvitation(signed: JsonObject, invitation: Pdu): boolean {
  const publicKeys = publicKeysOf(invitation);
  const signatures = signaturesIn(signed);
  if (publicKeys.length * signatures.length > MAXIMUM_PAIRS) return false;
  const text = textOf(signed);
  if (text === undefined) return false;
  return publicKeys.some((publicKey) => signatures.some((signature) => verifySignature(publicKey, text, signature)));
}

function publicKeysOf(invitation: Pdu): Uint8Array[] {
  const listed = member(invitation.content, 'public_keys');
  const entries: readonly unknown[] = Array.isArray(listed) ? listed : [];
  const holders: readonly JsonObject[] = [invitation.content, ...entries.filter(isObject)];
  const keys = holders.map((holder) => member(holder, 'public_key')).filter((key) => typeof key === 'string');
  return [...new Set(keys)].map((key) => decodeBase64(key) ?? decodeBase64Url(key)).filter((key) => key !== undefined);
}

function signaturesIn(signed: JsonObject): Uint8Array[] {
  const byServer = member(signed, 'signatures');
  if (!isObject(byServer)) return [];
  return Object.values(byServer)
    .flatMap((byKey) => (isObject(byKey) ? Object.entries(byKey) : []))
    .filter(([keyId]) => keyId.startsWith(ALGORITHM))
    .map(([, signature]) => (typeof signature === 'string' ? decodeBase64(signature) : undefined))
    .filter((signature) => signature !== undefined);
}

function textOf(signed: JsonObject): string | undefined {
  try {
    return signedText(signed);
  } catch (error) {
    if (error instanceof NotCanonicalError) return undefined;
    throw error;
  }
}
