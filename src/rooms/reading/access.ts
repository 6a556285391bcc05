// What part of the room a reader may ask for at all: all of it, what there was until the reader left, or nothing.
import { forbidden } from '../../spec/errors.ts';
import type { RoomData } from '../room-data.ts';
import { historyVisibility } from '../visibility.ts';

export interface Access {
  /** The state that counts for the reader: the current one, or the one as of leaving. */
  readonly root: number;
  /** The last position that concerns the reader. */
  readonly until: number;
  readonly joined: boolean;
}

/**
 * Joined users have the room as it is, users who left as it was when they left (after a ban or kick too), everybody else
 * only a world readable room. Throws 403 M_FORBIDDEN, also for a room that does not exist, so that nothing is told apart.
 */
export function accessOf(data: RoomData, userId: string): Access {
  const access = accessIfAny(data, userId);
  if (access === undefined) throw forbidden('You are not in this room.');
  return access;
}

/** Whether `accessOf` has an answer. */
export function mayRead(data: RoomData, userId: string): boolean {
  return accessIfAny(data, userId) !== undefined;
}

function accessIfAny(data: RoomData, userId: string): Access | undefined {
  const head = data.begun;
  if (head !== undefined) {
    const member = data.members.get(userId);
    if (member?.membership === 'join') return { root: head.root, until: head.roomPos, joined: true };
    if (historyVisibility(data, head.root) === 'world_readable')
      return { root: head.root, until: head.roomPos, joined: false };
    if (member?.leftPos !== undefined) {
      return { root: data.log.rootAt(member.leftPos) ?? head.root, until: member.leftPos, joined: false };
    }
  }
  return undefined;
}
