// Resolves states of the room's branches. https://spec.matrix.org/v1.19/rooms/v2/#state-resolution
import { resolve } from '../state/resolution/resolve.ts';
import type { ResolvableRoom } from '../state/resolution/resolution.ts';
import type { RoomEvent } from '../state/resolution/room-events.ts';
import { forAuth } from './auth-content.ts';
import { authorizedByAuthEvents } from './receipt/authorization.ts';
import type { RoomData } from './room-data.ts';
import type { Head } from './store/info.ts';
import type { StoredEvent } from './stored-event.ts';

/**
 * The root of the resolved state, made of the first of `roots` by editing; and how many keys the room has then. In a
 * transaction. The order of the roots matters to nothing else.
 */
export function resolveStates(
  data: RoomData,
  roots: readonly number[],
  { keyCount, eventCount }: Pick<Head, 'keyCount' | 'eventCount'>,
): { root: number; keyCount: number } {
  const [base = data.states.empty] = roots;
  const changes = resolve(resolvable(data, eventCount), roots);
  return changes.length === 0 ? { root: base, keyCount } : data.states.edit(base, changes, keyCount);
}

function resolvable(data: RoomData, eventCount: number): ResolvableRoom {
  return {
    version: data.version,
    map: data.states.map,
    chains: data.authIndex.whole(eventCount),
    create: 0,
    key: (type, stateKey) => data.states.key(type, stateKey),
    events: (numbers) => data.many(numbers).map((event) => asRoomEvent(data, event)),
  };
}

function asRoomEvent(data: RoomData, event: StoredEvent): RoomEvent {
  const { number, verdict } = event;
  const pdu = forAuth(data, event);
  if (verdict !== 'rejected') return { number, pdu, rejected: undefined };
  const byAuthEvents = authorizedByAuthEvents(data, pdu) !== undefined;
  return { number, pdu, rejected: byAuthEvents ? 'by-auth-events' : 'by-state' };
}
