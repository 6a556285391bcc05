// Signatures that another server has added to an event of ours: all that is taken from its copy.
// https://spec.matrix.org/v1.19/server-server-api/#inviting-to-a-room
import { isObject, member, type JsonObject } from '../spec/json.ts';
import { readJson } from '../spec/strict-json.ts';

/** Servers whose signatures are taken; there is one that has a reason to sign, and perhaps one that vouches. */
const SERVERS_MAX = 4;
const SIGNATURES_MAX = 10;

/** The text of our event with what `theirs` adds to its signatures: of `server` alone, if it is given. */
export function withSignaturesOf(event: string, theirs: JsonObject, server?: string): string {
  const { value } = readJson(event);
  if (!isObject(value)) throw new Error('an event of our own is no object');
  const own = member(value, 'signatures');
  const signatures = new Map(Object.entries(isObject(own) ? own : {}));
  const added = member(theirs, 'signatures');
  for (const [name, given] of Object.entries(isObject(added) ? added : {})) {
    if (signatures.has(name) || !isObject(given) || (server !== undefined && name !== server)) continue;
    if (signatures.size >= SERVERS_MAX) break;
    const good = Object.entries(given).filter(([, signature]) => typeof signature === 'string');
    signatures.set(name, Object.fromEntries(good.slice(0, SIGNATURES_MAX)));
  }
  return JSON.stringify({ ...value, signatures: Object.fromEntries(signatures) });
}
