// The state at a gap, as another server claims it: made of events that have each been checked here.
// https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1state_idsroomid
import { breath } from '../../ports/clock.ts';
import type { Change } from '../change.ts';
import type { RoomData } from '../room-data.ts';
import type { StateEntry } from '../states.ts';

/** Ids looked up before others have a turn. */
const AT_ONCE = 500;

/** Those of some ids that are not here in any form. */
export async function notHere(data: RoomData, ids: readonly string[]): Promise<Set<string>> {
  const missing = new Set<string>();
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    if (at > 0) await breath(data.env.clock);
    const piece = ids.slice(at, at + AT_ONCE);
    const here = data.events.numbersOf(piece);
    for (const id of piece) if (!here.has(id)) missing.add(id);
  }
  return missing;
}

/**
 * The claimed state, without what could not be had and what is rejected: neither is anybody's state. Undefined if the room's
 * create event is not in it.
 */
export async function entriesOf(data: RoomData, ids: readonly string[]): Promise<StateEntry[] | undefined> {
  const entries = new Map<string, StateEntry>();
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    if (at > 0) await breath(data.env.clock);
    const numbers = [...data.events.numbersOf(ids.slice(at, at + AT_ONCE)).values()];
    for (const { number, pdu, verdict } of data.many(numbers)) {
      if (pdu.stateKey === undefined || verdict === 'rejected') continue;
      const key = JSON.stringify([pdu.type, pdu.stateKey]);
      if (!entries.has(key)) entries.set(key, { type: pdu.type, stateKey: pdu.stateKey, number });
    }
  }
  const list = [...entries.values()];
  return list.some(({ type, number }) => type === 'm.room.create' && number === 0) ? list : undefined;
}

/** The root of a claimed state, made by editing the current one, from which it differs little. */
export function rootOf(change: Change, entries: readonly StateEntry[]): number {
  const { data, head } = change;
  const root = change.edit(head.root, entries);
  const keys = new Set(entries.map(({ type, stateKey }) => data.states.key(type, stateKey)));
  const others = new Map<number, undefined>();
  for (const [key] of data.states.map.entries(root)) if (!keys.has(key)) others.set(key, undefined);
  return others.size === 0 ? root : data.states.map.edit(root, others);
}
