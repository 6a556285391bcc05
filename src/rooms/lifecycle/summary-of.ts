// A room's summary, for who is in it or could come in. https://spec.matrix.org/v1.19/client-server-api/#room-summaries
import type { Requester } from '../../ports/contracts/requester.ts';
import { notFound } from '../../spec/errors.ts';
import { member, type Json, type JsonObject } from '../../spec/json.ts';
import { allowedRooms, isJoined } from '../drafting/restricted-join.ts';
import type { RoomData } from '../room-data.ts';
import { historyVisibility } from '../visibility.ts';
import { listingOf } from './listing-of.ts';

/** Join rules by which anybody may at least ask to come in. */
const OPEN = new Set<Json | undefined>(['public', 'knock', 'knock_restricted']);

/** Throws 404 M_NOT_FOUND for no room, and in the same words for one that the requester may know nothing of. */
export async function summaryOf(data: RoomData, by: Requester): Promise<JsonObject> {
  const own = data.begun === undefined ? undefined : data.members.get(by.userId)?.membership;
  if (data.begun === undefined || !(await mayKnow(data, by, own))) throw notFound('There is no such room here.');
  const { root } = data.head;
  const rule = data.stateContent(root, 'm.room.join_rules', '') ?? {};
  const encryption = member(data.stateContent(root, 'm.room.encryption', '') ?? {}, 'algorithm');
  const joinRule = member(rule, 'join_rule');
  const allowed = joinRule === 'restricted' || joinRule === 'knock_restricted' ? allowedRooms(rule) : [];
  return {
    ...listingOf(data).chunk,
    room_version: data.version.id,
    ...(typeof encryption === 'string' ? { encryption } : {}),
    ...(allowed.length === 0 ? {} : { allowed_room_ids: allowed }),
    ...(own === undefined ? {} : { membership: own }),
  };
}

async function mayKnow(data: RoomData, by: Requester, own: string | undefined): Promise<boolean> {
  if (own === 'join' || own === 'invite') return true;
  const { root } = data.head;
  if (historyVisibility(data, root) === 'world_readable') return true;
  const rule = data.stateContent(root, 'm.room.join_rules', '') ?? {};
  const joinRule = member(rule, 'join_rule');
  if (OPEN.has(joinRule) || (own === 'knock' && joinRule !== undefined)) return own !== 'ban';
  if (joinRule !== 'restricted' || own === 'ban') return false;
  for (const roomId of allowedRooms(rule)) if (await isJoined(data, by, roomId)) return true;
  return false;
}
