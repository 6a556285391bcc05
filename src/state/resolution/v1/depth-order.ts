// The order of room version 1: ascending depth, then descending SHA-1 of the event id.
// https://spec.matrix.org/v1.19/rooms/v1/#state-resolution
import { createHash } from 'node:crypto';
import type { RoomEvent } from '../room-events.ts';

export function byDepth(one: RoomEvent, other: RoomEvent): number {
  if (one.pdu.depth !== other.pdu.depth) return one.pdu.depth - other.pdu.depth;
  const [left, right] = [sha1(one.pdu.eventId), sha1(other.pdu.eventId)];
  return left === right ? 0 : left < right ? 1 : -1;
}

function sha1(eventId: string): string {
  return createHash('sha1').update(eventId).digest('hex');
}
