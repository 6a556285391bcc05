// Does any signature in `signed` match any public key in the m.room.third_party_invite event?
// https://spec.matrix.org/v1.19/server-server-api/#verifying-the-invite
import { createPublicKey, verify } from 'node:crypto';
import { canonicalJson } from '../../src/spec/canonical-json.ts';
import { isObject, member, type Json, type JsonObject } from '../../src/spec/json.ts';

/** How SubjectPublicKeyInfo of an Ed25519 key begins; the 32 bytes of the key follow. */
const PUBLIC_KEY_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

export function anySignatureMatches(signed: JsonObject, thirdPartyInvite: JsonObject): boolean {
  const { signatures, unsigned: _unsigned, ...rest } = signed;
  if (!isObject(signatures)) return false;
  const bytes = Buffer.from(canonicalJson(rest));
  for (const server of Object.values(signatures)) {
    if (!isObject(server)) continue;
    for (const [keyId, signature] of Object.entries(server)) {
      if (!keyId.startsWith('ed25519:') || typeof signature !== 'string') continue;
      for (const key of publicKeys(thirdPartyInvite)) if (matches(bytes, signature, key)) return true;
    }
  }
  return false;
}

function publicKeys(content: JsonObject): string[] {
  const found: (Json | undefined)[] = [member(content, 'public_key')];
  const list = member(content, 'public_keys');
  if (Array.isArray(list))
    for (const entry of list as readonly Json[]) if (isObject(entry)) found.push(member(entry, 'public_key'));
  return found.filter((key) => typeof key === 'string');
}

function matches(bytes: Buffer, signature: string, key: string): boolean {
  const raw = Buffer.from(key, 'base64');
  if (raw.length !== 32) return false;
  const publicKey = createPublicKey({ key: Buffer.concat([PUBLIC_KEY_HEAD, raw]), format: 'der', type: 'spki' });
  return verify(null, bytes, publicKey, Buffer.from(signature, 'base64'));
}
