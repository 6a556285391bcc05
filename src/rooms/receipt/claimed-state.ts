// The state at a gap, as another server claims it: made of events that have each been checked here.
// https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1state_idsroomid
import { breath } from '../../ports/clock.ts';
import { Change } from '../change.ts';
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

/**
 * The root of a claimed state, made by editing another one, from which it differs little: the current one. In pieces, each a
 * commit of its own: what is written for a claim that comes to nothing belongs to no state.
 */
export async function rootOf(data: RoomData, base: number, entries: readonly StateEntry[]): Promise<number> {
  const { clock } = data.env;
  const { states } = data;
  const keys = new Set<number>();
  const changed: StateEntry[] = [];
  for (const [index, entry] of entries.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await breath(clock);
    const key = states.key(entry.type, entry.stateKey);
    if (key !== undefined) keys.add(key);
    if (key === undefined || states.map.get(base, key) !== entry.number) changed.push(entry);
  }
  const gone: number[] = [];
  let walked = 0;
  for (const [key] of states.map.entries(base)) {
    if (++walked % AT_ONCE === 0) await breath(clock);
    if (!keys.has(key)) gone.push(key);
  }
  let root = base;
  for (let at = 0; at < changed.length; at += AT_ONCE) {
    if (at > 0) await breath(clock);
    const piece = changed.slice(at, at + AT_ONCE);
    root = Change.commit(data, (change) => change.edit(root, piece)).result;
  }
  for (let at = 0; at < gone.length; at += AT_ONCE) {
    if (at > 0) await breath(clock);
    const without = new Map(gone.slice(at, at + AT_ONCE).map((key) => [key, undefined]));
    root = data.env.sql.transaction(() => states.map.edit(root, without));
  }
  return root;
}
