// Restricted joins of users of other servers: who of us vouches for them.
// https://spec.matrix.org/v1.19/server-server-api/#restricted-rooms
import type { Requester } from '../../ports/contracts/requester.ts';
import { forbidden, MatrixError } from '../../spec/errors.ts';
import { allowedRooms, isJoined, isRestricted, voucher } from '../drafting/restricted-join.ts';
import type { RoomData } from '../room-data.ts';

/**
 * The user of ours who vouches for the join of a user elsewhere; undefined where nobody has to. Throws 403 M_FORBIDDEN if the
 * user meets none of the conditions, 400 M_UNABLE_TO_AUTHORISE_JOIN if we cannot tell, 400 M_UNABLE_TO_GRANT_JOIN if nobody of
 * ours may let anybody in.
 */
export async function voucherFor(data: RoomData, userId: string): Promise<string | undefined> {
  const rule = data.stateContent(data.head.root, 'm.room.join_rules', '') ?? {};
  if (!isRestricted(data, rule, userId)) return undefined;
  // Rooms tell their members by name: that this one has no group here makes no difference to them.
  const by: Requester = { userId, deviceId: undefined, group: -1 };
  let unknown = false;
  for (const roomId of allowedRooms(rule)) {
    // What we knew of a room when the last of us left it vouches for nobody.
    if (!(await data.env.actors.room(roomId).handshakes.isResident())) {
      unknown = true;
      continue;
    }
    if (await isJoined(data, by, roomId)) {
      const found = voucher(data);
      if (found !== undefined) return found;
      throw new MatrixError(400, 'M_UNABLE_TO_GRANT_JOIN', 'Nobody here may let the user in; ask another server.');
    }
  }
  if (unknown)
    throw new MatrixError(400, 'M_UNABLE_TO_AUTHORISE_JOIN', 'This server is not in the rooms whose members may join.');
  throw forbidden('The user is in none of the rooms whose members may join.');
}
