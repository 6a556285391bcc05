// State resolution and its second writing come to the same state wherever branches of generated rooms meet, in every version.
// `npm run graphs` looks at many more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOM_VERSIONS } from '../../src/events/room-versions.ts';
import { historyOf } from '../oracle/history.ts';
import { printGraph } from '../oracle/print-graph.ts';
import { differenceInResolution } from '../oracle/resolution-agreement.ts';
import { makeRoomGraph, type RoomGraph } from '../oracle/room-graph.ts';
import { shrink } from '../oracle/shrink.ts';

const SEEDS = 45;

const difference = (graph: RoomGraph) => differenceInResolution(graph, historyOf(graph.version, graph.events));

for (const { id: version } of ROOM_VERSIONS) {
  test(`the branches of ${SEEDS} rooms of version ${version} meet in the state that the text gives`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const graph = makeRoomGraph(seed, { version });
      if (difference(graph) === undefined) continue;
      const small = shrink(graph, (smaller) => difference(smaller) !== undefined);
      assert.fail(`${difference(small)}\n${printGraph(small)}`);
    }
  });
}
