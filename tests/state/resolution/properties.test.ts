// What holds for every graph, whatever happened in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { conflictedState, conflictedEvents } from '../../../src/state/resolution/conflicted-state.ts';
import { Resolution } from '../../../src/state/resolution/resolution.ts';
import { authDifference } from '../../../src/state/resolution/v2/auth-difference.ts';
import { conflictedSubgraph } from '../../../src/state/resolution/v2/conflicted-subgraph.ts';
import type { Graph } from './graph.ts';
import { endsOf, grow, steps, versions } from './random-graphs.ts';

const RUNS = { numRuns: 300 };

const graphs = fc.tuple(versions, steps).map(([version, story]) => grow(version, story));
/** Some events of a graph, the last ones, whose states are to be resolved. */
function some(graph: Graph): string[] {
  const ends = endsOf(graph);
  const last = graph.all.slice(-4).map(({ pdu }) => pdu.eventId);
  return [...new Set([...ends, ...last])];
}

test('the order of the states changes nothing', () => {
  fc.assert(
    fc.property(graphs, fc.nat(1000), (graph, seed) => {
      const names = some(graph);
      const expected = graph.ids(graph.merged(...names));
      const turned = names.map((_, index) => names[(index + seed) % names.length]!);
      assert.deepEqual(graph.ids(graph.merged(...turned)), expected);
      assert.deepEqual(graph.ids(graph.merged(...names.toReversed())), expected);
    }),
    RUNS,
  );
});

test('what all states hold, the resolved one holds', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const names = some(graph);
      const states = names.map((name) => new Set(graph.ids(graph.after(name))));
      const resolved = new Set(graph.ids(graph.merged(...names)));
      for (const id of states[0] ?? [])
        if (states.every((state) => state.has(id))) assert.ok(resolved.has(id), `${id} is gone`);
    }),
    RUNS,
  );
});

test('a state by itself, or twice, resolves to itself; and one more copy of a state changes nothing', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const names = some(graph);
      const roots = names.map((name) => graph.after(name));
      const [first = 0] = roots;
      assert.equal(graph.resolve([first]), first);
      assert.equal(graph.resolve([first, first]), first);
      // The same state in other nodes.
      const copy = graph.map.build(graph.map.entries(first));
      assert.deepEqual(graph.ids(graph.resolve([first, copy])), graph.ids(first));
      assert.deepEqual(graph.ids(graph.resolve([...roots, copy])), graph.ids(graph.resolve(roots)));
    }),
    RUNS,
  );
});

/** The auth chain of events, walked. */
function walked(graph: Graph, numbers: Iterable<number>): Set<number> {
  const found = new Set<number>();
  const open = [...numbers];
  for (let number = open.pop(); number !== undefined; number = open.pop()) {
    for (const id of graph.all[number]!.pdu.authEvents) {
      const cited = graph.number(id);
      if (found.has(cited)) continue;
      found.add(cited);
      open.push(cited);
    }
  }
  return found;
}

function sorted(numbers: Iterable<number>): number[] {
  return [...numbers].toSorted((a, b) => a - b);
}

test('the auth difference is what walking the graph finds', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const roots = [...new Set(some(graph).map((name) => graph.after(name)))];
      if (roots.length < 2) return;
      const chains = roots.map((root) =>
        walked(
          graph,
          Array.from(graph.map.entries(root), ([, number]) => number),
        ),
      );
      const all = new Set(chains.flatMap((chain) => [...chain]));
      const expected = [...all].filter((number) => !chains.every((chain) => chain.has(number)));
      const conflict = conflictedState(graph.map, roots);
      const conflicted = new Map(graph.chains.many(conflictedEvents(conflict)).map((event) => [event.number, event]));
      const found = authDifference(new Resolution(graph, conflict), conflicted);
      assert.deepEqual(sorted(Array.from(found, ({ number }) => number)), sorted(expected));
    }),
    { numRuns: 1000 },
  );
});

test('the conflicted state subgraph is what walking the graph finds', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const roots = [...new Set(some(graph).map((name) => graph.after(name)))];
      if (roots.length < 2) return;
      const conflicted = conflictedEvents(conflictedState(graph.map, roots));
      const expected = [...walked(graph, conflicted)].filter((number) => {
        const below = walked(graph, [number]);
        return !conflicted.has(number) && [...conflicted].some((one) => below.has(one));
      });
      const indexed = new Map(graph.chains.many(conflicted).map((event) => [event.number, event]));
      const found = conflictedSubgraph(graph.chains, indexed);
      assert.deepEqual(sorted(Array.from(found, ({ number }) => number)), sorted(expected));
    }),
    { numRuns: 1000 },
  );
});
