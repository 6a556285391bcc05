// Whether src/state and the oracle resolve the branches of a room to the same state.
import type { Pdu } from '../../src/events/pdu.ts';
import { roomVersion } from '../../src/events/room-versions.ts';
import type { RoomEvent } from '../../src/state/resolution/room-events.ts';
import { Graph } from '../state/resolution/graph.ts';
import { judgeByAuthEvents } from './authorization.ts';
import { resolveStates, stateAt, type History } from './history.ts';
import { orderOfReceipt } from './order-of-receipt.ts';
import type { RoomGraph } from './room-graph.ts';
import { SeededRandom } from './seeded-random.ts';

/** Says where the two differ about a state of `graph`, whose history is `history`; undefined if nowhere. */
export function differenceInResolution(graph: RoomGraph, history: History): string | undefined {
  const ours = new Graph(roomVersion(graph.version)!);
  for (const id of orderOfReceipt(history, new SeededRandom(graph.seed))) {
    const event = graph.events.get(id)!;
    ours.add(withKnownAuthEvents(event, graph.events), rejectionOf(history, event));
    // The state after it is the resolution of the states after its prev_events, with its own change.
    const difference = compare(`after ${id}`, ours.ids(ours.after(id)), history.after.get(id)!);
    if (difference !== undefined) return difference;
  }
  for (const fork of graph.forks) {
    const oracle = stateAt(history, fork);
    // Whose state comes first is of no account.
    for (const ids of [fork, fork.toReversed()]) {
      const difference = compare(`at ${ids.join(' and ')}`, ours.ids(ours.merged(...ids)), oracle);
      if (difference !== undefined) return difference;
    }
  }
  return differenceWhereServersDisagree(graph, history, ours);
}

/**
 * As it is on a server that rejected some of the events for the state before them, though others, who take part in the
 * same resolution, were let cite them: what is so rejected is judged as usual, but authorises nothing by being cited.
 */
function differenceWhereServersDisagree(graph: RoomGraph, history: History, ours: Graph): string | undefined {
  const random = new SeededRandom(graph.seed);
  const cited = history.order.slice(1).filter((id) => !history.room.rejected.has(id));
  const here = new Set(random.some(cited, 4));
  for (const id of here) {
    const number = ours.number(id);
    ours.all[number] = { ...ours.all[number]!, rejected: 'by-state' };
  }
  const room = { ...history.room, rejected: new Set([...history.room.rejected, ...here]) };
  for (const fork of graph.forks) {
    if (fork.length === 0) continue;
    const oracle = resolveStates(
      room,
      fork.map((id) => history.after.get(id)!),
    );
    const difference = compare(
      `at ${fork.join(' and ')} with ${[...here].join(' ')} rejected here`,
      ours.ids(ours.merged(...fork)),
      oracle,
    );
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function compare(where: string, ours: readonly string[], oracle: ReadonlyMap<string, string>): string | undefined {
  const theirs = [...oracle.values()].sort();
  if (JSON.stringify([...ours].sort()) === JSON.stringify(theirs)) return undefined;
  const only = (these: readonly string[], those: readonly string[]) => these.filter((id) => !those.includes(id));
  return `the state ${where}: only ours ${only(ours, theirs).join(' ')}, only the oracle's ${only(theirs, ours).join(' ')}`;
}

function rejectionOf({ room }: History, event: Pdu): RoomEvent['rejected'] {
  if (!room.rejected.has(event.eventId)) return undefined;
  return judgeByAuthEvents(room, event).allowed ? 'by-state' : 'by-auth-events';
}

/** An auth event that is not to be had, or named twice, has rejected the event; there is nothing to index for it. */
function withKnownAuthEvents(event: Pdu, events: RoomGraph['events']): Pdu {
  return { ...event, authEvents: [...new Set(event.authEvents)].filter((id) => events.has(id)) };
}
