// A failing room made small: events are left out, many at a time and then one by one, as long as it still fails.
import type { Pdu } from '../../src/events/pdu.ts';
import { pduOf } from '../../src/events/read-pdu.ts';
import { roomVersion } from '../../src/events/room-versions.ts';
import type { RoomGraph } from './room-graph.ts';

/** The smallest room found for which `fails` still says yes, of one for which it does. */
export function shrink(graph: RoomGraph, fails: (graph: RoomGraph) => boolean): RoomGraph {
  let smallest = graph;
  for (let at = graph.forks.length - 1; at >= 0; at--) {
    const fewer = { ...smallest, forks: smallest.forks.toSpliced(at, 1) };
    if (fails(fewer)) smallest = fewer;
  }
  for (let size = Math.ceil(smallest.events.size / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let again = true; again;) {
      again = false;
      const ids = [...smallest.events.keys()];
      // From the end: what came last is missed by fewest.
      for (let end = ids.length; end > 1; end -= size) {
        const left = withoutEvents(smallest, new Set(ids.slice(Math.max(1, end - size), end)));
        if (!fails(left)) continue;
        smallest = left;
        again = size === 1;
      }
    }
  }
  return smallest;
}

/** The room without some events: who came after one comes after what that came after. The first event always stays. */
export function withoutEvents(graph: RoomGraph, removed: ReadonlySet<string>): RoomGraph {
  const standIns = (id: string): string[] =>
    removed.has(id) ? (graph.events.get(id)?.prevEvents ?? []).flatMap(standIns) : [id];
  const events = new Map<string, Pdu>();
  for (const [id, event] of graph.events) {
    if (removed.has(id)) continue;
    const prevEvents = [...new Set(event.prevEvents.flatMap(standIns))];
    const authEvents = event.authEvents.filter((authEvent) => !removed.has(authEvent));
    events.set(id, withReferences(graph.version, event, prevEvents, authEvents));
  }
  const forks = graph.forks.map((fork) => [...new Set(fork.flatMap(standIns))]);
  return { ...graph, events, forks };
}

function withReferences(version: string, event: Pdu, prevEvents: string[], authEvents: string[]): Pdu {
  const references = (ids: readonly string[]) => (Number(version) <= 2 ? ids.map((id) => [id, {}]) : ids);
  const json = { ...event.json, prev_events: references(prevEvents), auth_events: references(authEvents) };
  return pduOf(json, roomVersion(version)!, event.eventId);
}
