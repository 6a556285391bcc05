// Reverse topological power ordering. https://spec.matrix.org/v1.19/rooms/v2/#definitions
import { PowerLevels } from '../../../authorization/power-levels.ts';
import type { IndexedEvent } from '../../auth-chains/auth-chain-store.ts';
import type { AuthChains } from '../../auth-chains/auth-chains.ts';
import type { Root } from '../../map/root.ts';
import type { Resolution } from '../resolution.ts';
import type { RoomEvent } from '../room-events.ts';
import { byTimeAndId } from './mainline-order.ts';
import { SmallestFirst } from './smallest-first.ts';

interface Vertex {
  readonly event: RoomEvent;
  readonly senderLevel: number;
  /** How many of the events that must stand before it do not stand yet. */
  waitsFor: number;
  readonly followers: Vertex[];
}

/** Kahn's algorithm: of the events all of whose predecessors stand, the smallest is next. An event comes after its auth chain. */
export function reverseTopologicalPowerOrder(resolution: Resolution, set: readonly IndexedEvent[]): RoomEvent[] {
  const vertices = verticesOf(resolution, set);
  const ready = new SmallestFirst<Vertex>(compare);
  for (const vertex of vertices) if (vertex.waitsFor === 0) ready.add(vertex);
  const sorted: RoomEvent[] = [];
  for (let vertex = ready.take(); vertex !== undefined; vertex = ready.take()) {
    sorted.push(vertex.event);
    for (const follower of vertex.followers) {
      follower.waitsFor -= 1;
      if (follower.waitsFor === 0) ready.add(follower);
    }
  }
  return sorted;
}

function compare(one: Vertex, other: Vertex): number {
  if (one.senderLevel !== other.senderLevel) return one.senderLevel > other.senderLevel ? -1 : 1;
  return byTimeAndId(one.event, other.event);
}

function verticesOf(resolution: Resolution, set: readonly IndexedEvent[]): Vertex[] {
  resolution.events.load(set.flatMap(({ auth }) => auth));
  const vertices = new Map<number, Vertex>();
  for (const { number } of set) {
    const event = resolution.events.get(number);
    vertices.set(number, { event, senderLevel: senderLevelOf(resolution, event), waitsFor: 0, followers: [] });
  }
  const predecessors = predecessorsIn(resolution.room.chains, set);
  for (const event of set) {
    const vertex = vertices.get(event.number);
    for (const number of predecessors(event)) {
      const predecessor = vertices.get(number);
      if (vertex === undefined || predecessor === undefined) continue;
      predecessor.followers.push(vertex);
      vertex.waitsFor += 1;
    }
  }
  return [...vertices.values()];
}

/** "Looking at their respective auth_events." */
function senderLevelOf(resolution: Resolution, { number, pdu }: RoomEvent): number {
  const levels = resolution.citedFor(number, 'm.room.power_levels', '');
  const create = resolution.createOf(number);
  return new PowerLevels(levels?.pdu.content, create?.pdu, resolution.version).levelOf(pdu.sender);
}

/**
 * For an event of the set, the last event of the set that it reaches on each chain: all others that it reaches come before
 * those. It need not cite them itself: a path through events outside the set counts, too.
 */
function predecessorsIn(chains: AuthChains, set: readonly IndexedEvent[]): (event: IndexedEvent) => readonly number[] {
  const byChain = new Map<number, number[]>();
  for (const { chain, number } of set.toSorted((a, b) => a.number - b.number)) {
    const numbers = byChain.get(chain);
    if (numbers === undefined) byChain.set(chain, [number]);
    else numbers.push(number);
  }
  const find = (reached: Root): number[] => {
    const found: number[] = [];
    const look = (chain: number, last: number): void => {
      const number = byChain.get(chain)?.findLast((one) => one <= last);
      if (number !== undefined) found.push(number);
    };
    if (chains.map.size(reached) <= byChain.size)
      for (const [chain, last] of chains.entries(reached)) look(chain, last);
    else for (const chain of byChain.keys()) look(chain, chains.map.get(reached, chain) ?? -1);
    return found;
  };
  const known = new Map<Root, number[]>();
  return ({ reached }) => {
    let found = known.get(reached);
    if (found === undefined) known.set(reached, (found = find(reached)));
    return found;
  };
}
