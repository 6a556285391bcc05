// Resolves the states of a room's branches into one. Which algorithm that is, the room version says.
// https://spec.matrix.org/v1.19/rooms/v2/#state-resolution
import type { RoomVersion } from '../../events/room-version.ts';
import type { Root } from '../map/root.ts';
import { conflictedState } from './conflicted-state.ts';
import { Resolution, type ResolvableRoom } from './resolution.ts';
import type { RoomEvent } from './room-events.ts';
import { resolveV1 } from './v1/resolve-v1.ts';
import { resolveV2 } from './v2/resolve-v2.ts';

/** What the resolved state holds for a key where it does not hold what the first of the states does. */
export interface ResolvedEntry {
  readonly type: string;
  readonly stateKey: string;
  /** Undefined: the resolved state holds nothing there. */
  readonly number: number | undefined;
}

const ALGORITHMS: Readonly<Record<RoomVersion['stateResolution'], (resolution: Resolution) => Iterable<RoomEvent>>> = {
  v1: resolveV1,
  v2: (resolution) => resolveV2(resolution, { start: 'unconflicted', conflictedSubgraph: false }),
  'v2.1': (resolution) => resolveV2(resolution, { start: 'empty', conflictedSubgraph: true }),
};

/**
 * The resolution of the states as changes of the first of them: it is made by editing that one, so that what is not in
 * conflict stays shared. The order of the states changes nothing else. Costs what the conflict costs, not what the room does.
 *
 * @param roots any number; of none, the resolution is the empty state
 */
export function resolve(room: ResolvableRoom, roots: readonly Root[]): ResolvedEntry[] {
  const distinct = [...new Set(roots)];
  if (distinct.length < 2) return [];
  const conflict = conflictedState(room.map, distinct);
  if (conflict.keys.size === 0) return [];
  const resolution = new Resolution(room, conflict);
  const winners = ALGORITHMS[room.version.stateResolution](resolution);
  return changesOf(resolution, winners);
}

/** Step 5: where all states agree, nothing is changed, whatever the algorithm put there. */
function changesOf(resolution: Resolution, winners: Iterable<RoomEvent>): ResolvedEntry[] {
  const { conflict, events, room } = resolution;
  const changes: ResolvedEntry[] = [];
  const decided = new Map<number, number>();
  for (const { number, pdu } of winners) {
    if (pdu.stateKey === undefined) continue;
    const key = room.key(pdu.type, pdu.stateKey);
    if (key !== undefined && conflict.keys.has(key)) decided.set(key, number);
    else if (key === undefined || room.map.get(conflict.base, key) === undefined)
      changes.push({ type: pdu.type, stateKey: pdu.stateKey, number });
  }
  for (const [key, values] of conflict.keys) {
    const number = decided.get(key);
    if (number === values[0]) continue;
    const some = values.find((value) => value !== undefined);
    if (some === undefined) continue;
    const { type, stateKey = '' } = events.get(some).pdu;
    changes.push({ type, stateKey, number });
  }
  return changes;
}
