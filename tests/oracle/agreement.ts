// Whether Hearth and the oracles say the same of a generated room: who may do what, and which events win.
import { differenceInAuthorization } from './authorization-agreement.ts';
import { historyOf } from './history.ts';
import { differenceInResolution } from './resolution-agreement.ts';
import type { RoomGraph } from './room-graph.ts';

/** Says where they differ first; undefined if nowhere. */
export function firstDifference(graph: RoomGraph): string | undefined {
  const history = historyOf(graph.version, graph.events);
  return differenceInAuthorization(graph, history) ?? differenceInResolution(graph, history);
}
