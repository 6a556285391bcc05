// Where a room keeps its index of auth chains: one entry for each state event, and for each event who cites it.
import type { Root } from '../map/root.ts';

/** One event of the index. Never changed once it is there. */
export interface IndexedEvent {
  readonly number: number;
  /** The events in its `auth_events`, by number. */
  readonly auth: readonly number[];
  /** Its chain, by the number of the chain's first event. Each event of a chain cites the one before it. */
  readonly chain: number;
  /** The event before it on its chain. */
  readonly previous: number | undefined;
  /** Its auth chain as a state map: for each chain that is reached, the number of the last event reached on it. */
  readonly reached: Root;
}

export interface AuthChainStore {
  /** Undefined if the event is not indexed. */
  get(number: number): IndexedEvent | undefined;
  /** The entries of those events that are indexed, in any order. */
  many(numbers: readonly number[]): IndexedEvent[];
  /** Keeps an entry, and that each of its auth events is cited by it; `previous` is no longer the end of its chain. */
  put(event: IndexedEvent): void;
  /** Whether no event continues the chain of this one. */
  endsChain(number: number): boolean;
  /** The events below `below` that cite `target`, the greatest numbers first, at most `limit`. */
  citing(target: number, below: number, limit: number): number[];
}
