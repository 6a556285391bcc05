// The servers that may let one of our users into a restricted room that we are in, where nobody of ours may.
// https://spec.matrix.org/v1.19/server-server-api/#restricted-rooms
import { creatorsOf } from '../../authorization/creators.ts';
import { PowerLevels } from '../../authorization/power-levels.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import { isUserId, serverOf } from '../../spec/identifiers/user-id.ts';
import { isObject, member } from '../../spec/json.ts';
import { allowedRooms, isJoined, isRestricted, voucher } from '../drafting/restricted-join.ts';
import { stateIn } from '../receipt/authorization.ts';
import type { RoomData } from '../room-data.ts';

/** None where nobody has to vouch, somebody of ours may, or the user is in none of the rooms whose members may join. */
export async function vouchingServers(data: RoomData, by: Requester): Promise<string[]> {
  if (data.begun === undefined) return [];
  const rule = data.stateContent(data.head.root, 'm.room.join_rules', '') ?? {};
  if (!isRestricted(data, rule, by.userId) || voucher(data) !== undefined) return [];
  for (const roomId of allowedRooms(rule)) if (await isJoined(data, by, roomId)) return serversOfInviters(data);
  return [];
}

/** Of the members elsewhere who may invite: those whose level is written down, then whoever has the default. */
function serversOfInviters(data: RoomData): string[] {
  const { head, version, members, groups, stays } = data;
  const levels = PowerLevels.of(stateIn(data, head.root), version);
  const needed = levels.level('invite');
  const create = data.stateEvent(head.root, 'm.room.create', '');
  const content = data.stateContent(head.root, 'm.room.power_levels', '');
  const users = content === undefined ? undefined : member(content, 'users');
  const named = [
    ...(create === undefined ? [] : creatorsOf(create.pdu, version)),
    ...(isObject(users) ? Object.keys(users) : []),
  ];
  const servers = named
    .filter((userId) => isUserId(userId) && !groups.isLocal(userId) && levels.levelOf(userId) >= needed)
    .filter((userId) => members.get(userId)?.membership === 'join')
    .map(serverOf);
  return [...new Set([...servers, ...(levels.level('users_default') >= needed ? stays.current() : [])])];
}
