// Whether a server may take part in a handshake for one of its users at all.
// https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import { forbidden, notFound } from '../../spec/errors.ts';
import { isUserId, serverOf } from '../../spec/identifiers/user-id.ts';
import type { RoomData } from '../room-data.ts';
import { demandAllowed } from '../serving/server-acl.ts';

/** Throws 404 M_NOT_FOUND if nobody of ours is in the room, so that we know nothing of it, 403 M_FORBIDDEN. */
export function demandResident(data: RoomData, origin: string): void {
  if (data.begun === undefined || !data.members.anyLocalJoined()) throw notFound('There is no such room here.');
  demandAllowed(data, origin);
}

/** Throws 403 M_FORBIDDEN for a user of another server. */
export function demandOwnUser(origin: string, userId: string): void {
  if (!isUserId(userId) || serverOf(userId) !== origin) throw forbidden('That is no user of your server.');
}
