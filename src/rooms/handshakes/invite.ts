// The invite of a user elsewhere: drafted here, signed there too, and let in if it still may happen then.
// https://spec.matrix.org/v1.19/server-server-api/#inviting-to-a-room
import { authorize } from '../../authorization/authorize.ts';
import { buildEvent } from '../../events/build-event.ts';
import type { Pdu } from '../../events/pdu.ts';
import type { Signer } from '../../events/signing-key.ts';
import { verifyEvent } from '../../events/verify-event.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type { MembershipChange } from '../../ports/contracts/room.ts';
import type { ServerKeys } from '../../ports/contracts/servers-keys.ts';
import { forbidden, invalidParam } from '../../spec/errors.ts';
import { isUserId, serverOf } from '../../spec/identifiers/user-id.ts';
import { draftAtEnd } from '../drafting/draft.ts';
import { memberContent } from '../drafting/member-content.ts';
import { stateIn } from '../receipt/authorization.ts';
import { keysFor } from '../receipt/key-ring.ts';
import type { RoomData } from '../room-data.ts';
import { demandJoined } from '../writing/events.ts';
import { isDone } from '../writing/membership.ts';

/** Undefined if the user is invited already. Throws 403 M_FORBIDDEN, 400 M_INVALID_PARAM. */
export function draftInvite(data: RoomData, by: Requester, change: MembershipChange, signer: Signer): Pdu | undefined {
  const { target } = change;
  demandJoined(data, by, undefined);
  if (!isUserId(target)) throw invalidParam('That is no user id.');
  if (isDone(change, by, data.members.get(target)?.membership)) return undefined;
  const content = memberContent(change, undefined, undefined);
  const wish = { type: 'm.room.member', stateKey: target, sender: by.userId, content };
  const pdu = buildEvent(draftAtEnd(data, data.head, wish), data.version, signer);
  const verdict = authorize(pdu, data.version, stateIn(data, data.head.root));
  if (!verdict.allowed) throw forbidden(`You may not do that: ${verdict.reason.replaceAll('-', ' ')}.`);
  return pdu;
}

/** "Once the event has been signed by both the inviting homeserver and the invited homeserver": throws 400 M_INVALID_PARAM. */
export function demandSignedBy(data: RoomData, pdu: Pdu, keys: readonly ServerKeys[], own: Signer): void {
  const server = serverOf(pdu.stateKey ?? '');
  const known = keysFor(data.version, keys, own)(server, pdu) ?? new Map();
  if (verifyEvent(pdu.json, data.version, server, known) !== 'valid')
    throw invalidParam('The other server has not signed the invite.');
}
