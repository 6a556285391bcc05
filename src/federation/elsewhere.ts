// Which way a change of membership goes: through the room, if somebody of ours is in it, or through servers that are.
// https://spec.matrix.org/v1.19/client-server-api/#room-membership
import type { Requester } from '../ports/contracts/requester.ts';
import type { MembershipChange } from '../ports/contracts/room.ts';
import { guestForbidden } from '../spec/errors.ts';
import { serverOf } from '../spec/identifiers/user-id.ts';
import { candidatesFor } from './candidates.ts';
import type { Federation } from './federation.ts';
import { inviteElsewhere } from './inviting.ts';
import { joinElsewhere } from './joining.ts';
import { knockElsewhere } from './knocking.ts';
import { leaveElsewhere } from './leaving.ts';
import { joinVouched } from './vouched-joining.ts';

/** Makes the change, if other servers are needed for it; false if the room alone can. `named`: servers that may help. */
export async function changeElsewhere(
  federation: Federation,
  by: Requester,
  roomId: string,
  change: MembershipChange,
  named: readonly string[],
): Promise<boolean> {
  const ourName = federation.env.settings.serverName;
  if (change.operation === 'invite') {
    if (serverOf(change.target) === ourName) return false;
    await inviteElsewhere(federation, by, roomId, change);
    return true;
  }
  const own = change.operation === 'join' || change.operation === 'knock' || change.operation === 'leave';
  if (!own || change.target !== by.userId) return false;
  const { arrival } = federation.env.actors.room(roomId);
  const standing = await arrival.standing(by.userId);
  const wish = { reason: change.reason, content: change.content ?? {} };
  if (standing.resident) {
    if (change.operation !== 'join' || by.guest === true) return false;
    const vouching = await arrival.vouchingServers(by);
    if (vouching.length === 0) return false;
    await joinVouched(federation, by, roomId, candidatesFor(roomId, [...vouching, ...named], undefined, ourName), wish);
    return true;
  }
  const candidates = candidatesFor(roomId, named, standing.by, ourName);
  if (change.operation === 'leave') {
    if (standing.membership !== 'invite' && standing.membership !== 'knock') return false;
    await leaveElsewhere(federation, by, roomId, candidates, change.reason);
    return true;
  }
  // Whether guests may come in is for the room to say, and we do not know it.
  if (by.guest === true && candidates.length > 0) throw guestForbidden('Guests cannot join rooms of other servers.');
  if (change.operation === 'join') {
    if ((await joinElsewhere(federation, by, roomId, candidates, wish)) === 'joined') return true;
    // Somebody else of ours is in the room by now.
    return changeElsewhere(federation, by, roomId, change, named);
  }
  await knockElsewhere(federation, by, roomId, candidates, wish);
  return true;
}
