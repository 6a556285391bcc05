// Joins that the join rule restricts to members of other rooms.
// https://spec.matrix.org/v1.19/client-server-api/#restricted-rooms
import { PowerLevels } from '../../authorization/power-levels.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import { MatrixError, forbidden } from '../../spec/errors.ts';
import { isRoomId } from '../../spec/identifiers/room-id.ts';
import { isObject, member, type JsonObject } from '../../spec/json.ts';
import { stateIn } from '../receipt/authorization.ts';
import type { RoomData } from '../room-data.ts';

/** Rooms that are asked; a rule may name any number. */
const ROOMS_MAX = 50;
const MEMBERS_LOOKED_AT = 1000;

/**
 * The member of ours who vouches for the join of `by`; undefined where nobody has to. Throws 403 M_FORBIDDEN if the user is
 * in none of the allowed rooms, or if nobody of ours could vouch.
 */
export async function restrictedJoin(data: RoomData, by: Requester): Promise<string | undefined> {
  const rule = data.stateContent(data.head.root, 'm.room.join_rules', '') ?? {};
  if (!isRestricted(data, rule, by.userId)) return undefined;
  for (const roomId of allowedRooms(rule)) {
    if (!(await isJoined(data, by, roomId))) continue;
    const found = voucher(data);
    if (found === undefined) throw forbidden('Nobody here may let you into the room.');
    return found;
  }
  throw forbidden('You are in none of the rooms whose members may join.');
}

/** Whether the room's join rule restricts the join of a user, as it does for those that nobody has invited. */
export function isRestricted(data: RoomData, rule: JsonObject, userId: string): boolean {
  const joinRule = member(rule, 'join_rule');
  const { restrictedJoins, knockRestricted } = data.version;
  const restricts =
    (joinRule === 'restricted' && restrictedJoins) || (joinRule === 'knock_restricted' && knockRestricted);
  const current = data.members.get(userId)?.membership;
  return restricts && current !== 'join' && current !== 'invite' && current !== 'ban';
}

/** The rooms whose members may join by a join rule. */
export function allowedRooms(rule: JsonObject): string[] {
  const allow = member(rule, 'allow');
  if (!Array.isArray(allow)) return [];
  return allow
    .flatMap((condition) => {
      if (!isObject(condition) || member(condition, 'type') !== 'm.room_membership') return [];
      const roomId = member(condition, 'room_id');
      return typeof roomId === 'string' && isRoomId(roomId) ? [roomId] : [];
    })
    .slice(0, ROOMS_MAX);
}

export async function isJoined(data: RoomData, by: Requester, roomId: string): Promise<boolean> {
  try {
    const { content } = await data.env.actors.room(roomId).reading.stateEvent(by, 'm.room.member', by.userId);
    return isObject(content) && member(content, 'membership') === 'join';
  } catch (error) {
    if (error instanceof MatrixError) return false;
    throw error;
  }
}

/** A joined user of this server who may invite: the oldest, who is likely to be one. Undefined if there is none. */
export function voucher(data: RoomData): string | undefined {
  const levels = PowerLevels.of(stateIn(data, data.head.root), data.version);
  const needed = levels.level('invite');
  const mayVouch = (userId: string): boolean => levels.levelOf(userId) >= needed;
  return data.members.firstLocal('join', MEMBERS_LOOKED_AT).find(({ userId }) => mayVouch(userId))?.userId;
}
