// Which thread an event belongs to, for receipts and unread counts.
// https://spec.matrix.org/v1.19/client-server-api/#threaded-read-receipts
import type { Pdu } from '../../events/pdu.ts';
import { relationOf } from '../../events/relation.ts';
import type { RoomData } from '../room-data.ts';

/** The thread id of what is in no thread. */
export const MAIN = 'main';
/** "A maximum of 3 hops is recommended to cover indirect relationships." */
const HOPS = 3;

/**
 * The event id of the thread's root, or `main`. An event is in a thread by `m.thread` itself, or through a parent that is; roots
 * belong to `main`. A relation that breaks the rules (to an event that is not in the room, to a root that relates to another
 * itself) makes no thread.
 */
export function threadOf(data: RoomData, pdu: Pdu): string {
  let relation = relationOf(pdu.content);
  for (let hop = 0; hop < HOPS && relation !== undefined; hop += 1) {
    const parent = data.byId(relation.eventId);
    if (parent === undefined) return MAIN;
    const above = relationOf(parent.pdu.content);
    if (relation.relType === 'm.thread' && above === undefined) return relation.eventId;
    relation = above;
  }
  return MAIN;
}

/**
 * Whether a receipt for the event may be one of the thread: the event is in it, or relates to its root, or is its root. The
 * main timeline is of what is in no thread.
 */
export function isOfThread(data: RoomData, pdu: Pdu, threadId: string): boolean {
  if (threadId === MAIN || threadOf(data, pdu) === threadId) return threadOf(data, pdu) === threadId;
  let at: Pdu | undefined = pdu;
  for (let hop = 0; hop <= HOPS && at !== undefined; hop += 1) {
    if (at.eventId === threadId) return true;
    const relation = relationOf(at.content);
    at = relation && data.byId(relation.eventId)?.pdu;
  }
  return false;
}
