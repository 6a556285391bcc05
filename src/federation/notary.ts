// What we tell of other servers' keys: what they have told us, with our signature beside theirs.
// https://spec.matrix.org/v1.19/server-server-api/#querying-keys-through-another-server
import { signJson } from '../events/sign-json.ts';
import { isServerName } from '../spec/identifiers/server-name.ts';
import { isObject, type JsonObject } from '../spec/json.ts';
import { readJson } from '../spec/strict-json.ts';
import type { Federation } from './federation.ts';
import { ownKeys } from './own-keys.ts';

/** The servers that one request may ask about; of those so many are asked themselves when we know nothing that is good. */
export const NOTARY_SERVERS = 50;
const ASKED_AT_ONCE = 5;

export interface NotaryQuery {
  readonly serverName: string;
  /** Milliseconds since the epoch until which the keys should be good. */
  readonly validUntil: number;
}

/**
 * What the servers said last of themselves. One that is not reachable is left out, or told of as we know it, however old. The
 * answers are strangers' objects, checked before they were kept.
 */
export async function notaryAnswers(
  federation: Federation,
  queries: readonly NotaryQuery[],
): Promise<readonly JsonObject[]> {
  const { env } = federation;
  const answers: JsonObject[] = [];
  let asked = 0;
  for (const { serverName, validUntil } of queries.slice(0, NOTARY_SERVERS)) {
    if (serverName === env.settings.serverName) answers.push(await ownKeys(federation));
    if (!isServerName(serverName) || serverName === env.settings.serverName) continue;
    const { keys } = env.actors.servers(serverName);
    let known = await keys.answer(serverName);
    if ((known === undefined || known.validUntilTs < validUntil) && asked++ < ASKED_AT_ONCE) {
      await federation.keyRing.refresh(serverName);
      known = await keys.answer(serverName);
    }
    const answer = known && readJson(known.text).value;
    if (isObject(answer)) answers.push(signJson(answer, await federation.ownKey.signer()));
  }
  return answers;
}
