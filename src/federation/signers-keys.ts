// The keys with which an event that another server submits must have been signed.
// https://spec.matrix.org/v1.19/server-server-api/#validating-hashes-and-signatures-on-received-events
import { signingKeyIds } from '../events/signatures.ts';
import type { ServerKeys } from '../ports/contracts/servers-keys.ts';
import { isServerName } from '../spec/identifiers/server-name.ts';
import { isUserId, serverOf } from '../spec/identifiers/user-id.ts';
import { isObject, type Json, type JsonObject, member } from '../spec/json.ts';
import type { Federation } from './federation.ts';

/**
 * The keys of those who may have to have signed and say that they have: the submitting server, that of who authorises a
 * restricted join, and that of the event's id in room versions 1 and 2. Nobody else is asked, however many names there are.
 */
export async function signersKeys(
  { env, keyRing }: Federation,
  origin: string,
  event: JsonObject,
): Promise<readonly ServerKeys[]> {
  const content = member(event, 'content');
  const authoriser = isObject(content) ? member(content, 'join_authorised_via_users_server') : undefined;
  const named = [serverNamedBy(authoriser), serverNamedBy(member(event, 'event_id'))];
  const servers = new Set([origin, ...named.filter((name) => name !== undefined && isServerName(name))]);
  servers.delete(env.settings.serverName);
  const stamp = member(event, 'origin_server_ts');
  const wanted = [...servers].flatMap((serverName) => {
    const keyIds = serverName === undefined ? [] : signingKeyIds(event, serverName);
    const at = typeof stamp === 'number' ? { at: stamp } : {};
    return serverName === undefined || keyIds.length === 0 ? [] : [{ serverName, keyIds, ...at }];
  });
  return keyRing.gather(wanted);
}

function serverNamedBy(id: Json | undefined): string | undefined {
  return typeof id === 'string' && (isUserId(id) || id.startsWith('$')) && id.includes(':') ? serverOf(id) : undefined;
}
