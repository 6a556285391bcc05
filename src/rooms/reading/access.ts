// What part of the room a reader may ask for at all: all of it, what there was until the reader left, or nothing.
import { forbidden } from '../../spec/errors.ts';
import type { RoomData } from '../room-data.ts';
import type { Member } from '../store/members.ts';
import { historyVisibility, View } from '../visibility.ts';

export interface Access {
  /** The state that counts for the reader: the current one, or the one as of leaving. */
  readonly root: number;
  /** The last position that concerns the reader. */
  readonly until: number;
  /** The last position at which there may be an event for the reader. */
  readonly eventsUntil: number;
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
    if (member?.membership === 'join')
      return { root: head.root, until: head.roomPos, eventsUntil: head.roomPos, joined: true };
    if (historyVisibility(data, head.root) === 'world_readable')
      return { root: head.root, until: head.roomPos, eventsUntil: head.roomPos, joined: false };
    if (member?.leftPos !== undefined) {
      const until = member.leftPos;
      const eventsUntil = Math.max(until, laterEnd(data, member));
      return { root: data.log.rootAt(until) ?? head.root, until, eventsUntil, joined: false };
    }
  }
  return undefined;
}

/**
 * Who was invited again after a stay may see, under the visibility `invited`, what happens until the invite ends: where that
 * is. What of it they do see is decided for each event. https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility
 */
function laterEnd(data: RoomData, { membership, number }: Member): number {
  if (membership === 'invite') return data.head.roomPos;
  return data.byNumber(number)?.roomPos ?? 0;
}

/** Where the creator has joined: before that a room has nobody in it, and what `/members` tells begins there. */
const INHABITED = 2;

/**
 * The state at a position, for a reader who has `access`; the state of the end for none. Throws 403 M_FORBIDDEN for a point of
 * the history that is hidden from the reader: one at which they may see neither what happens nor what happens next, before
 * which they are told the state by /sync.
 */
export function rootAtFor(data: RoomData, userId: string, access: Access, at: number | undefined): number {
  if (at === undefined || at >= access.until) return access.root;
  // A timeline that reaches the beginning of the room has a `prev_batch` before the first event.
  const position = Math.max(at, INHABITED);
  const root = data.log.rootAt(position) ?? access.root;
  const view = new View(data, userId);
  const next = data.log.forward(position, position + 1, 1)[0]?.number;
  const event = next === undefined ? undefined : data.byNumber(next);
  if (view.seesAt(root, position) || (event !== undefined && view.sees(event))) return root;
  throw forbidden('That point of the history is hidden from you.');
}
