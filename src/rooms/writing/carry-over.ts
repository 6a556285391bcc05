// What a user made of a room is theirs in the one that replaces it, too.
// https://spec.matrix.org/v1.19/client-server-api/#room-upgrades
import type { Requester } from '../../ports/contracts/requester.ts';
import { MatrixError } from '../../spec/errors.ts';
import { isRoomId } from '../../spec/identifiers/room-id.ts';
import { isObject, member } from '../../spec/json.ts';
import type { RoomData } from '../room-data.ts';

/** A join that is repeated because nobody heard of the first one carries over again; later the user's word stands. */
const REPEATED_WITHIN_MS = 60_000;

/**
 * After the user's join. Never throws: who has joined is in, whatever becomes of their tags. Anybody may begin a room that says it
 * replaces another, so the other one has to say so too; who begins the room need not be asked.
 */
export async function carryOver(data: RoomData, by: Requester, joinedAt: number): Promise<void> {
  const create = data.stateContent(data.head.root, 'm.room.create', '');
  const predecessor = create === undefined ? undefined : member(create, 'predecessor');
  const from = isObject(predecessor) ? member(predecessor, 'room_id') : undefined;
  if (typeof from !== 'string' || !isRoomId(from) || from === data.roomId) return;
  if (data.env.clock.now() - joinedAt > REPEATED_WITHIN_MS) return;
  try {
    if (!isCreator(data, by) && !(await isReplaced(data, by, from))) return;
    const users = data.env.actors.users(by.group);
    await users.data.copyRoomData(by.userId, from, data.roomId);
    await users.push.copyRoomRules([by.userId], from, data.roomId);
  } catch (error) {
    // A room that is not here, or not the user's, has nothing to hand over.
    if (error instanceof MatrixError && error.status < 500) return;
    data.env.log.warn('what a user made of a replaced room was not carried over', { error: String(error) });
  }
}

function isCreator(data: RoomData, by: Requester): boolean {
  return data.stateEvent(data.head.root, 'm.room.create', '')?.pdu.sender === by.userId;
}

/** Whether the user's view of the old room names this one as its replacement. Throws if the user may not read it. */
async function isReplaced(data: RoomData, by: Requester, from: string): Promise<boolean> {
  const { content } = await data.env.actors.room(from).reading.stateEvent(by, 'm.room.tombstone', '');
  return isObject(content) && member(content, 'replacement_room') === data.roomId;
}
