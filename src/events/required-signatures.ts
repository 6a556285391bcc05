// Which servers must have signed an event.
// https://spec.matrix.org/v1.19/server-server-api/#validating-hashes-and-signatures-on-received-events
import { isObject, member } from '../spec/json.ts';
import { isUserId, serverOf } from '../spec/identifiers/user-id.ts';
import type { Pdu } from './pdu.ts';
import type { RoomVersion } from './room-version.ts';

type EventFields = Pick<Pdu, 'type' | 'sender' | 'eventId' | 'content'>;

/**
 * The servers whose signatures `event` needs, without repetition. Undefined if no signature could be enough: it names
 * somebody who authorises the join, and that is no user id.
 */
export function requiredSignatures(event: EventFields, version: RoomVersion): string[] | undefined {
  const servers = new Set<string>();
  if (!isThirdPartyInvite(event)) servers.add(serverOf(event.sender));
  if (version.eventId === 'carried') {
    // The server of the id counts where it is not the sender's, and no exception is made for that one.
    const server = serverOf(event.eventId);
    if (server !== serverOf(event.sender)) servers.add(server);
  }
  const authoriser = authorisingServer(event, version);
  if (authoriser === 'nobody') return undefined;
  if (authoriser !== undefined) servers.add(authoriser.serverName);
  return [...servers];
}

/**
 * The server of the user who authorises a restricted join, whose signature an authorisation rule asks for (version 8 and
 * later); `nobody` if what is named is no user id, undefined if nobody is named.
 */
export function authorisingServer(
  event: EventFields,
  version: RoomVersion,
): { readonly serverName: string } | 'nobody' | undefined {
  if (!version.restrictedJoins || event.type !== 'm.room.member') return undefined;
  const authoriser = member(event.content, 'join_authorised_via_users_server');
  if (authoriser === undefined) return undefined;
  return typeof authoriser === 'string' && isUserId(authoriser) ? { serverName: serverOf(authoriser) } : 'nobody';
}

/** An invite that comes of a third-party identifier: another server than the sender's may have made it. */
export function isThirdPartyInvite(event: Pick<Pdu, 'type' | 'content'>): boolean {
  return (
    event.type === 'm.room.member' &&
    member(event.content, 'membership') === 'invite' &&
    isObject(member(event.content, 'third_party_invite'))
  );
}
