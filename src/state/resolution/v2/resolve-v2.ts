// State resolution of room versions 2 to 11 and, with what version 12 changed, of those from 12 on.
// https://spec.matrix.org/v1.19/rooms/v2/#algorithm, https://spec.matrix.org/v1.19/rooms/v12/#algorithm
import type { IndexedEvent } from '../../auth-chains/auth-chain-store.ts';
import { iterativeAuthChecks } from '../iterative-auth-checks.ts';
import { PartialState } from '../partial-state.ts';
import type { Resolution } from '../resolution.ts';
import type { RoomEvent } from '../room-events.ts';
import { fullConflictedSet } from './full-conflicted-set.ts';
import { mainlineOrder } from './mainline-order.ts';
import { isPowerEvent } from './power-events.ts';
import { reverseTopologicalPowerOrder } from './reverse-topological-power-order.ts';

export interface Variant {
  /** The state that the iterative auth checks start from. */
  readonly start: 'unconflicted' | 'empty';
  /** Whether the conflicted state subgraph belongs to the full conflicted set. */
  readonly conflictedSubgraph: boolean;
}

/** The events that the algorithm puts into the state: steps 1 to 4. Step 5 is the caller's. */
export function resolveV2(resolution: Resolution, variant: Variant): Iterable<RoomEvent> {
  const full = fullConflictedSet(resolution, variant.conflictedSubgraph);
  resolution.events.load(full.map(({ number }) => number));
  // 1. The power events and, of their auth chains, what is in the full conflicted set.
  const chosen = withAuthChains(resolution, full);
  const sorted = reverseTopologicalPowerOrder(resolution, chosen);
  // 2.
  const state = new PartialState((type, stateKey) =>
    variant.start === 'empty' ? undefined : resolution.unconflicted(type, stateKey),
  );
  iterativeAuthChecks(resolution, state, sorted);
  // 3. The rest, by the power levels of the state so far.
  const done = new Set(chosen.map(({ number }) => number));
  const remaining = full.filter(({ number }) => !done.has(number)).map(({ number }) => resolution.events.get(number));
  const ordered = mainlineOrder(resolution, remaining, state.get('m.room.power_levels', ''));
  // 4.
  iterativeAuthChecks(resolution, state, ordered);
  return state.all();
}

function withAuthChains(resolution: Resolution, full: readonly IndexedEvent[]): IndexedEvent[] {
  const { chains } = resolution.room;
  const power = full.filter(({ number }) => isPowerEvent(resolution.events.get(number).pdu));
  const inFull = new Set(full.map(({ chain }) => chain));
  const reached = new Map<number, number>();
  for (const vector of new Set(power.map((event) => event.reached))) {
    const raise = (chain: number, number: number): void => {
      if (number > (reached.get(chain) ?? -1)) reached.set(chain, number);
    };
    if (chains.map.size(vector) <= inFull.size)
      for (const [chain, number] of chains.entries(vector)) raise(chain, number);
    else for (const chain of inFull) raise(chain, chains.map.get(vector, chain) ?? -1);
  }
  const isPower = new Set(power);
  return full.filter((event) => isPower.has(event) || (reached.get(event.chain) ?? -1) >= event.number);
}
