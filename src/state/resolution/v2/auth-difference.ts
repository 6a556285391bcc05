// The auth difference: the events that are in the auth chain of some of the states but not of all.
// https://spec.matrix.org/v1.19/rooms/v2/#definitions
//
// With X_i the conflicted events of each state and U the unconflicted ones, it is (∪A(X_i) − ∩A(X_i)) − A(U). The bracket is
// a range of each chain on which the states' vectors differ. A(U) is not computed: for every candidate, from the end of its
// range down, it is asked whether an unconflicted event reaches it, along the links back; the first hit ends the range.
import type { IndexedEvent } from '../../auth-chains/auth-chain-store.ts';
import type { AuthChains } from '../../auth-chains/auth-chains.ts';
import type { Root } from '../../map/root.ts';
import type { Resolution } from '../resolution.ts';

/** A range of a chain: after `least`, up to `most`. */
interface Range {
  readonly chain: number;
  readonly least: number;
  readonly most: number;
}

export function authDifference(
  resolution: Resolution,
  conflicted: ReadonlyMap<number, IndexedEvent>,
): Set<IndexedEvent> {
  const { chains } = resolution.room;
  const ranges = rangesOf(chains, vectorsOf(resolution, conflicted));
  const found = new Set<IndexedEvent>();
  const isReached = reachedByUnconflicted(resolution);
  const covered = new Map<number, number>();
  // From the last event on, because what is found to be reached there covers what it reaches itself.
  for (const { chain, least, most } of ranges.toSorted((a, b) => b.most - a.most)) {
    let at = chains.get(most);
    while (at !== undefined && at.number > Math.max(least, covered.get(chain) ?? -1)) {
      if (isReached(at.number)) {
        covered.set(chain, at.number);
        for (const range of ranges) {
          const reached = chains.map.get(at.reached, range.chain) ?? -1;
          if (reached > (covered.get(range.chain) ?? -1)) covered.set(range.chain, reached);
        }
        break;
      }
      found.add(at);
      at = at.previous === undefined ? undefined : chains.get(at.previous);
    }
  }
  return found;
}

/**
 * The vectors of each state's conflicted events. Unconflicted events that conflicted ones cite are added to every state: that
 * changes nothing, since what they reach is taken away again, but spares looking at it.
 */
function vectorsOf(resolution: Resolution, conflicted: ReadonlyMap<number, IndexedEvent>): Set<Root>[] {
  const { conflict, room } = resolution;
  const cited = new Set<number>();
  for (const { auth } of conflicted.values()) for (const number of auth) if (!conflicted.has(number)) cited.add(number);
  resolution.events.load(cited);
  const shared = room.chains.many([...cited].filter((number) => resolution.isUnconflicted(number)));
  const vectors = Array.from({ length: conflict.count }, () => new Set(shared.map(({ reached }) => reached)));
  for (const values of conflict.keys.values()) {
    values.forEach((number, index) => {
      const event = number === undefined ? undefined : conflicted.get(number);
      if (event !== undefined) vectors[index]?.add(event.reached);
    });
  }
  return vectors;
}

/** Where the vectors of the states differ: compared with one of them, since they have most in common. */
function rangesOf(chains: AuthChains, states: readonly ReadonlySet<Root>[]): Range[] {
  const all = [...new Set(states.flatMap((vectors) => [...vectors]))];
  const base = all.toSorted((a, b) => chains.map.size(b) - chains.map.size(a))[0];
  if (base === undefined) return [];
  const differences = new Map(all.map((vector) => [vector, [...chains.map.difference(base, vector)]]));
  const ofBase = new Map<number, number>();
  for (const changes of differences.values()) for (const { key, before } of changes) ofBase.set(key, before ?? -1);
  if (states.some((vectors) => vectors.size === 0))
    for (const [chain, number] of chains.entries(base)) ofBase.set(chain, number);
  const reached = states.map((vectors) => lastReached(vectors, differences, ofBase));
  return Array.from(ofBase.keys(), (chain) => {
    const numbers = reached.map((last) => last(chain));
    return { chain, least: Math.min(...numbers), most: Math.max(...numbers) };
  }).filter(({ least, most }) => most > least);
}

/** How far one state reaches on a chain: where a vector does not differ from the base, as far as the base. */
function lastReached(
  vectors: ReadonlySet<Root>,
  differences: ReadonlyMap<Root, readonly { key: number; after: number | undefined }[]>,
  ofBase: ReadonlyMap<number, number>,
): (chain: number) => number {
  const differing = new Map<number, { count: number; most: number }>();
  for (const vector of vectors) {
    for (const { key, after } of differences.get(vector) ?? []) {
      const known = differing.get(key);
      differing.set(key, { count: (known?.count ?? 0) + 1, most: Math.max(known?.most ?? -1, after ?? -1) });
    }
  }
  return (chain) => {
    const { count, most } = differing.get(chain) ?? { count: 0, most: -1 };
    return count < vectors.size ? Math.max(most, ofBase.get(chain) ?? -1) : most;
  };
}

/** How many links back are read at first, and then at a time. */
const FIRST_LINKS = 8;
const LINKS = 256;

/** Whether an event is in the auth chain of some unconflicted one. What was found not to be is not looked at again. */
function reachedByUnconflicted(resolution: Resolution): (number: number) => boolean {
  const unreached = new Set<number>();
  return (number) => {
    const seen = new Set([number]);
    const open = [number];
    for (let target = open.pop(); target !== undefined; target = open.pop()) {
      for (const page of linksBack(resolution.room.chains, target)) {
        resolution.events.load(page);
        if (page.some((citing) => resolution.isUnconflicted(citing))) return true;
        for (const citing of page) {
          if (seen.has(citing) || unreached.has(citing)) continue;
          seen.add(citing);
          open.push(citing);
        }
      }
    }
    for (const one of seen) unreached.add(one);
    return false;
  };
}

/** Who cites an event, the newest first: those are the ones that the states most likely hold. */
function* linksBack(chains: AuthChains, target: number): Generator<readonly number[]> {
  let below = Number.MAX_SAFE_INTEGER;
  for (let limit = FIRST_LINKS; ; limit = LINKS) {
    const page = chains.citing(target, below, limit);
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return;
    below = last;
  }
}
