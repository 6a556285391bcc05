// The unsigned event that another server completes for its user.
// https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_joinroomiduserid
import { authorize } from '../../authorization/authorize.ts';
import { eventTemplate } from '../../events/build-event.ts';
import { pduOf } from '../../events/read-pdu.ts';
import type { Handshake } from '../../ports/contracts/room-handshakes.ts';
import { forbidden, incompatibleRoomVersion } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { draftAtEnd } from '../drafting/draft.ts';
import { stateIn } from '../receipt/authorization.ts';
import type { RoomData } from '../room-data.ts';
import { demandOwnUser, demandResident } from './admission.ts';
import { voucherFor } from './voucher.ts';

export interface Wanted {
  readonly handshake: Handshake;
  readonly userId: string;
  readonly versions: readonly string[] | undefined;
}

export async function makeTemplate(
  data: RoomData,
  origin: string,
  { handshake, userId, versions }: Wanted,
): Promise<{ readonly roomVersion: string; readonly event: JsonObject }> {
  demandResident(data, origin);
  demandOwnUser(origin, userId);
  const roomVersion = data.version.id;
  if (versions !== undefined && !versions.includes(roomVersion)) throw incompatibleRoomVersion(roomVersion);
  const authorisedVia = handshake === 'join' ? await voucherFor(data, userId) : undefined;
  const content: JsonObject = {
    membership: handshake,
    ...(authorisedVia === undefined ? {} : { join_authorised_via_users_server: authorisedVia }),
  };
  const wish = { type: 'm.room.member', stateKey: userId, sender: userId, content };
  const event = eventTemplate(draftAtEnd(data, data.head, wish), data.version);
  const verdict = authorize(pduOf(event, data.version, ''), data.version, stateIn(data, data.head.root));
  if (!verdict.allowed) throw forbidden(`The user may not do that: ${verdict.reason.replaceAll('-', ' ')}.`);
  return { roomVersion, event: { ...event, origin: data.env.settings.serverName } };
}
