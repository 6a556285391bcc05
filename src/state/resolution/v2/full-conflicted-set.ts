// The full conflicted set. https://spec.matrix.org/v1.19/rooms/v2/#definitions, https://spec.matrix.org/v1.19/rooms/v12/#definitions
import type { IndexedEvent } from '../../auth-chains/auth-chain-store.ts';
import { conflictedEvents } from '../conflicted-state.ts';
import type { Resolution } from '../resolution.ts';
import { authDifference } from './auth-difference.ts';
import { conflictedSubgraph } from './conflicted-subgraph.ts';

/**
 * The conflicted state set, the auth difference and, if asked for, the conflicted state subgraph. What is not indexed, because
 * one of its auth events is not here, takes no part: it was rejected.
 */
export function fullConflictedSet(resolution: Resolution, withSubgraph: boolean): IndexedEvent[] {
  const { chains } = resolution.room;
  const conflicted = new Map(chains.many(conflictedEvents(resolution.conflict)).map((event) => [event.number, event]));
  const more = [...authDifference(resolution, conflicted)];
  if (withSubgraph) more.push(...conflictedSubgraph(chains, conflicted));
  const full = new Map(conflicted);
  for (const event of more) full.set(event.number, event);
  return [...full.values()];
}
