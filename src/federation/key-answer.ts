// What a server says of its own keys, checked before anything of it is believed.
// https://spec.matrix.org/v1.19/server-server-api/#publishing-keys
import { verifyJson } from '../events/verify-json.ts';
import { signingKeyIds } from '../events/signatures.ts';
import type { KeyAnswer, ServerKey } from '../ports/contracts/servers-keys.ts';
import { decodeBase64, encodeBase64 } from '../spec/base64.ts';
import { isServerKeyId } from '../spec/identifiers/key-id.ts';
import { isObject, type Json, type JsonObject, member } from '../spec/json.ts';
import { ED25519_KEY_BYTES, KEY_VALIDITY_MS } from '../spec/limits.ts';
import { readJson } from '../spec/strict-json.ts';

/** The longest answer that is read. */
export const KEY_ANSWER_BYTES = 65_536;
const MOST_KEYS = 100;
const LONGEST_KEY_ID = 128;

/**
 * The keys that `serverName` publishes of itself. Undefined unless the answer names it, and each key that it uses has signed
 * the answer: one wrong signature, or a key of the wrong length, spoils all of it. A key that has not signed is left out.
 * `now` is when it was asked, in milliseconds since the epoch.
 */
export function readKeyAnswer(serverName: string, bytes: Uint8Array, now: number): KeyAnswer | undefined {
  const answer = read(bytes);
  if (answer === undefined || member(answer, 'server_name') !== serverName) return undefined;
  const validUntil = member(answer, 'valid_until_ts');
  if (!isTime(validUntil)) return undefined;
  const verifyKeys = keysIn(member(answer, 'verify_keys'));
  if (verifyKeys === undefined) return undefined;
  const signed = new Set(signingKeyIds(answer, serverName));
  const current = new Map<string, Uint8Array>();
  for (const [keyId, { key }] of verifyKeys) {
    if (key === undefined) return undefined;
    if (signed.has(keyId)) current.set(keyId, key);
  }
  if (current.size === 0 || verifyJson(answer, serverName, current) !== 'valid') return undefined;
  const validUntilTs = Math.min(validUntil, now + KEY_VALIDITY_MS);
  const keys = [
    ...[...current].map(([keyId, key]) => ({ keyId, key: encodeBase64(key), validUntilTs })),
    ...oldKeys(member(answer, 'old_verify_keys')).filter(({ keyId }) => !current.has(keyId)),
  ];
  return { serverName, keys, text: new TextDecoder().decode(bytes), validUntilTs };
}

function read(bytes: Uint8Array): JsonObject | undefined {
  try {
    const { value } = readJson(bytes, { maxBytes: KEY_ANSWER_BYTES });
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The keys of our algorithm by id, `key` undefined for what is none; undefined if there are too many or it is no object. */
function keysIn(
  value: Json | undefined,
): ReadonlyMap<string, { readonly key: Uint8Array | undefined; readonly entry: JsonObject }> | undefined {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value).filter(([keyId]) => keyId.startsWith('ed25519:'));
  if (entries.length > MOST_KEYS) return undefined;
  const keys = new Map<string, { key: Uint8Array | undefined; entry: JsonObject }>();
  for (const [keyId, found] of entries) {
    const entry = isObject(found) ? found : {};
    const text = member(entry, 'key');
    const bytes = typeof text === 'string' && text.length < 64 ? decodeBase64(text) : undefined;
    const good = isServerKeyId(keyId) && keyId.length <= LONGEST_KEY_ID && bytes?.length === ED25519_KEY_BYTES;
    keys.set(keyId, { key: good ? bytes : undefined, entry });
  }
  return keys;
}

/** Keys that the server has ceased to use. What is none, or has no end, is left out. */
function oldKeys(value: Json | undefined): ServerKey[] {
  return [...(keysIn(value) ?? [])].flatMap(([keyId, { key, entry }]) => {
    const expiredTs = member(entry, 'expired_ts');
    return key !== undefined && isTime(expiredTs) ? [{ keyId, key: encodeBase64(key), expiredTs }] : [];
  });
}

function isTime(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
