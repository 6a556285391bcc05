// The index of auth chains: whether one event is in the auth chain of another is one look-up, whatever lies between them.
// https://spec.matrix.org/v1.19/rooms/v2/#definitions
//
// Every state event stands on a chain, which continues from an event of the same (type, state_key) that it cites, if that
// one is the end of its chain, and else begins with it. A chain is closed downwards: who reaches one of its events reaches
// all before it. So the auth chain of an event is a vector: how far it reaches on each chain. Vectors are state maps and
// share what they have in common, so that deep chains of invitations cost no more than shallow ones.
// See docs/decisions/0014-auth-chains.md.
import { EMPTY, type Root } from '../map/root.ts';
import type { StateMap } from '../map/state-map.ts';
import type { AuthChainStore, IndexedEvent } from './auth-chain-store.ts';

/** Entries kept in memory. */
const KEPT = 4096;
/** Vectors of the last sets of auth events: most joins cite the same ones. */
const UNIONS_KEPT = 256;
/** A vector with fewer entries is read whole, a longer one is compared with what it is united with. */
const SHORT = 64;

/** The vector, by chain, of some events' auth chains. */
export type Vector = ReadonlyMap<number, number>;

export class AuthChains {
  readonly map: StateMap;
  readonly #store: AuthChainStore;
  readonly #kept = new Map<number, IndexedEvent>();
  readonly #unions = new Map<string, Root>();

  /** `map` keeps the vectors; it may be the one that keeps the states, too. */
  constructor(store: AuthChainStore, map: StateMap) {
    this.#store = store;
    this.map = map;
  }

  /**
   * Indexes an event, if all its auth events are: false if one is not. Doing it again changes nothing.
   *
   * @param auth the numbers of its auth events
   * @param sameKey that one of them that has the event's own type and state key
   */
  add(number: number, auth: readonly number[], sameKey: number | undefined): boolean {
    if (this.get(number) !== undefined) return true;
    const cited: IndexedEvent[] = [];
    for (const one of new Set(auth)) {
      const event = this.get(one);
      if (event === undefined) return false;
      cited.push(event);
    }
    const before = cited.find((event) => event.number === sameKey);
    // Numbers rise along a chain, so that comparing them tells who comes first.
    const previous =
      before !== undefined && before.number < number && this.#store.endsChain(before.number) ? before : undefined;
    const event: IndexedEvent = {
      number,
      auth: cited.map((one) => one.number),
      chain: previous?.chain ?? number,
      previous: previous?.number,
      reached: this.#union(cited),
    };
    this.#store.put(event);
    this.#keep(event);
    return true;
  }

  get(number: number): IndexedEvent | undefined {
    const kept = this.#kept.get(number);
    if (kept !== undefined) return kept;
    const event = this.#store.get(number);
    if (event !== undefined) this.#keep(event);
    return event;
  }

  /** Those of the events that are indexed. */
  many(numbers: Iterable<number>): IndexedEvent[] {
    const found: IndexedEvent[] = [];
    const missing: number[] = [];
    for (const number of numbers) {
      const kept = this.#kept.get(number);
      if (kept === undefined) missing.push(number);
      else found.push(kept);
    }
    const read = missing.length === 0 ? [] : this.#store.many(missing);
    for (const event of read) this.#keep(event);
    return [...found, ...read];
  }

  citing(target: number, below: number, limit: number): number[] {
    return this.#store.citing(target, below, limit);
  }

  /** Whether `to` is in the auth chain of `from`. */
  reaches(from: IndexedEvent, to: IndexedEvent): boolean {
    return (this.map.get(from.reached, to.chain) ?? -1) >= to.number;
  }

  /** The entries of a vector. */
  entries(reached: Root): Iterable<readonly [chain: number, number: number]> {
    return this.map.entries(reached);
  }

  /** Forgets what was read: a change that was undone may have left something. */
  forget(): void {
    this.#kept.clear();
    this.#unions.clear();
  }

  /** The vector of the events together with all that they reach. */
  #union(events: readonly IndexedEvent[]): Root {
    const name = events
      .map((event) => event.number)
      .toSorted((a, b) => a - b)
      .join();
    const known = this.#unions.get(name);
    if (known !== undefined) return known;
    const sized = events.map((event) => ({ event, size: this.map.size(event.reached) }));
    const [widest, ...others] = sized.toSorted((a, b) => b.size - a.size || b.event.number - a.event.number);
    if (widest === undefined) return EMPTY;
    const base = widest.event.reached;
    const changes = new Map<number, number>([[widest.event.chain, widest.event.number]]);
    const at = (chain: number): number => changes.get(chain) ?? this.map.get(base, chain) ?? -1;
    const raise = (chain: number, number: number): void => {
      if (number > at(chain)) changes.set(chain, number);
    };
    for (const { event, size } of others) {
      // Who is reached already brings nothing new.
      if (at(event.chain) >= event.number) continue;
      raise(event.chain, event.number);
      if (size <= SHORT) for (const [chain, number] of this.map.entries(event.reached)) raise(chain, number);
      else
        for (const { key, after } of this.map.difference(base, event.reached))
          if (after !== undefined) raise(key, after);
    }
    const union = this.map.edit(base, changes);
    if (this.#unions.size >= UNIONS_KEPT) this.#unions.clear();
    this.#unions.set(name, union);
    return union;
  }

  #keep(event: IndexedEvent): void {
    if (this.#kept.size >= KEPT) this.#kept.clear();
    this.#kept.set(event.number, event);
  }
}
