// A generated room as a person reads it.
import type { Pdu } from '../../src/events/pdu.ts';
import { historyOf, type History } from './history.ts';
import { FIRST_TIMESTAMP } from './placed-act.ts';
import type { RoomGraph } from './room-graph.ts';

/** One line for each event, with what the oracle says of it, and one for each set of forks. */
export function printGraph(graph: RoomGraph): string {
  const history = historyOf(graph.version, graph.events);
  const lines = [`room version ${graph.version}, seed ${graph.seed}, ${graph.events.size} events`];
  for (const event of graph.events.values()) lines.push(printEvent(history, event));
  for (const fork of graph.forks) lines.push(`fork: ${fork.join(' ')}`);
  return lines.join('\n');
}

function printEvent(history: History, event: Pdu): string {
  const ruling = history.rulings.get(event.eventId);
  const verdict = ruling === undefined ? 'unplaced' : `${ruling.allowed ? 'allowed' : 'REJECTED'} by ${ruling.rule}`;
  const place = event.stateKey === undefined ? event.type : `${event.type} [${event.stateKey}]`;
  return [
    `${event.eventId}  ${place}  by ${event.sender}  ${JSON.stringify(event.content)}`,
    ...(event.redacts === undefined ? [] : [`    redacts ${event.redacts}`]),
    `    prev ${event.prevEvents.join(' ') || '-'}  auth ${event.authEvents.join(' ') || '-'}`,
    `    ts ${event.originServerTs - FIRST_TIMESTAMP}  depth ${event.depth}  ${verdict}`,
  ].join('\n');
}

/** A state as lines of `type [state_key] = event id`, in one order. */
export function printState(state: ReadonlyMap<string, string>): string {
  return [...state]
    .map(([place, id]) => `${place.replace('\0', ' [')}] = ${id}`)
    .sort()
    .join('\n');
}
