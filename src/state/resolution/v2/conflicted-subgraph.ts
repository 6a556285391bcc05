// The conflicted state subgraph: what lies between conflicted events in the graph of auth events.
// https://spec.matrix.org/v1.19/rooms/v12/#definitions
import type { IndexedEvent } from '../../auth-chains/auth-chain-store.ts';
import type { AuthChains } from '../../auth-chains/auth-chains.ts';
import type { Root } from '../../map/root.ts';

/** The events of it that are not conflicted themselves. Only they, and what they cite directly, are visited. */
export function conflictedSubgraph(
  chains: AuthChains,
  conflicted: ReadonlyMap<number, IndexedEvent>,
): Set<IndexedEvent> {
  const found = new Set<IndexedEvent>();
  const leads = leadsTo(chains, conflicted);
  const seen = new Set(conflicted.keys());
  let frontier: readonly IndexedEvent[] = [...conflicted.values()];
  while (frontier.length > 0) {
    const next = new Set<number>();
    for (const event of frontier) for (const number of event.auth) if (!seen.has(number)) next.add(number);
    for (const number of next) seen.add(number);
    frontier = chains.many(next).filter((event) => leads(event.reached));
    for (const event of frontier) found.add(event);
  }
  return found;
}

/** Whether an auth chain holds any of the events: whether it reaches the first of them on one of their chains. */
function leadsTo(chains: AuthChains, events: ReadonlyMap<number, IndexedEvent>): (reached: Root) => boolean {
  const first = new Map<number, number>();
  for (const { chain, number } of events.values()) first.set(chain, Math.min(number, first.get(chain) ?? Infinity));
  const known = new Map<Root, boolean>();
  const ask = (reached: Root): boolean => {
    if (chains.map.size(reached) > first.size) {
      for (const [chain, number] of first) if ((chains.map.get(reached, chain) ?? -1) >= number) return true;
      return false;
    }
    for (const [chain, number] of chains.entries(reached)) if (number >= (first.get(chain) ?? Infinity)) return true;
    return false;
  };
  return (reached) => {
    let answer = known.get(reached);
    if (answer === undefined) known.set(reached, (answer = ask(reached)));
    return answer;
  };
}
