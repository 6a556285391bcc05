// The checks on receipt, against the oracles: a room receives all events of a generated one, each branch in its time, and
// must accept, reject and soft-fail as the text says, and be in the state that its forward extremities resolve to.
// Nothing is redacted: a redacted state event counts as redacted, from when on depends on who received what first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOM_VERSIONS } from '../../src/events/room-versions.ts';
import { Change } from '../../src/rooms/change.ts';
import { receive } from '../../src/rooms/receipt/receipt.ts';
import { RoomData } from '../../src/rooms/room-data.ts';
import { historyOf, softFails, stateAt } from '../oracle/history.ts';
import { orderOfReceipt } from '../oracle/order-of-receipt.ts';
import { printGraph } from '../oracle/print-graph.ts';
import { makeRoomGraph, type RoomGraph } from '../oracle/room-graph.ts';
import { SeededRandom } from '../oracle/seeded-random.ts';
import { shrink } from '../oracle/shrink.ts';
import { World } from './world.ts';

const SEEDS = 12;

function begin(roomId: string, version: string): RoomData {
  const data = new RoomData(new World().env(roomId));
  const head = {
    version,
    epoch: 1,
    eventCount: 0,
    keyCount: 0,
    roomPos: 0,
    receiptPos: 0,
    root: data.states.empty,
    depth: 0,
    extremities: [],
    joined: 0,
    invited: 0,
    outside: false,
  };
  Change.commit(data, () => undefined, head);
  return data;
}

function difference(graph: RoomGraph): string | undefined {
  const history = historyOf(graph.version, graph.events);
  const { room } = history;
  const data = begin(room.events.get(history.order[0]!)!.roomId, graph.version);
  const idOf = (number: number): string => data.byNumber(number)!.pdu.eventId;
  for (const id of orderOfReceipt(history, new SeededRandom(graph.seed))) {
    const pdu = room.events.get(id)!;
    const extremities = data.head.extremities.map(idOf);
    const { result } = Change.commit(data, (change) =>
      receive(change, { pdu, signatures: 'made', transaction: undefined }, () => undefined),
    );
    if ('outcome' in result) return `${id} is dropped: ${result.reason}`;
    const isSoftFailed = extremities.length > 0 && softFails(room, pdu, stateAt(history, extremities));
    const wanted = room.rejected.has(id) ? 'rejected' : isSoftFailed ? 'soft-failed' : 'accepted';
    if (result.verdict !== wanted) return `${id} is ${result.verdict} (${result.reason}), the oracle: ${wanted}`;
    const state = data.states.all(data.head.root).map(idOf).sort();
    const oracle = [...stateAt(history, data.head.extremities.map(idOf)).values()].sort();
    if (state.join() !== oracle.join())
      return `the state after receipt of ${id}: ours ${state.join()}, the oracle's ${oracle.join()}`;
  }
  return undefined;
}

for (const { id: version } of ROOM_VERSIONS)
  test(`${SEEDS} rooms of version ${version} are received as the text says`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const graph = makeRoomGraph(seed, { version, redactions: false });
      if (difference(graph) === undefined) continue;
      const small = shrink(graph, (smaller) => difference(smaller) !== undefined);
      assert.fail(`${difference(small)}\n${printGraph(small)}`);
    }
  });
