// The authorisation rules and their second writing say the same of generated rooms of every version.
// `npm run graphs` looks at many more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOM_VERSIONS } from '../../src/events/room-versions.ts';
import { differenceInAuthorization } from '../oracle/authorization-agreement.ts';
import { historyOf } from '../oracle/history.ts';
import { printGraph } from '../oracle/print-graph.ts';
import { makeRoomGraph, type RoomGraph } from '../oracle/room-graph.ts';
import { shrink } from '../oracle/shrink.ts';

const SEEDS = 25;

const difference = (graph: RoomGraph) => differenceInAuthorization(graph, historyOf(graph.version, graph.events));

for (const { id: version } of ROOM_VERSIONS) {
  test(`every event of ${SEEDS} rooms of version ${version} is judged as the specification's text judges it`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const graph = makeRoomGraph(seed, { version });
      if (difference(graph) === undefined) continue;
      const small = shrink(graph, (smaller) => difference(smaller) !== undefined);
      assert.fail(`${difference(small)}\n${printGraph(small)}`);
    }
  });
}
