// Resolves states of the room's branches. https://spec.matrix.org/v1.19/rooms/v2/#state-resolution
import { resolve } from '../state/resolution/resolve.ts';
import type { ResolvableRoom } from '../state/resolution/resolution.ts';
import type { RoomData } from './room-data.ts';
import type { StateEntry } from './states.ts';
import type { Head } from './store/info.ts';

/**
 * The root of the resolved state, made by editing the current one, from which it differs least: of a run of events on one branch,
 * each changes little of what was resolved before it. And how many keys the room has then. In a transaction.
 */
export function resolveStates(
  data: RoomData,
  roots: readonly number[],
  { keyCount, eventCount, root: current }: Pick<Head, 'keyCount' | 'eventCount' | 'root'>,
): { root: number; keyCount: number } {
  const { states } = data;
  const [base = states.empty] = roots;
  const entries: StateEntry[] = [];
  const decided = new Set<number>();
  for (const entry of resolve(resolvable(data, eventCount), roots)) {
    const key = states.key(entry.type, entry.stateKey);
    if (key !== undefined) decided.add(key);
    if (key === undefined || states.map.get(current, key) !== entry.number) entries.push(entry);
  }
  const others = new Map<number, number | undefined>();
  for (const { key, after } of states.difference(current, base)) if (!decided.has(key)) others.set(key, after);
  const near = others.size === 0 ? current : states.map.edit(current, others);
  return entries.length === 0 ? { root: near, keyCount } : states.edit(near, entries, keyCount);
}

function resolvable(data: RoomData, eventCount: number): ResolvableRoom {
  return {
    version: data.version,
    map: data.states.map,
    chains: data.authIndex.whole(eventCount),
    create: 0,
    key: (type, stateKey) => data.states.key(type, stateKey),
    events: (numbers) => data.resolvable.many(numbers),
  };
}
