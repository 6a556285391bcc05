// What a room shows users and other servers, against the visibility oracle, in generated rooms without branches: there
// everybody agrees who joined after which event.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member } from '../../src/spec/json.ts';
import { Change } from '../../src/rooms/change.ts';
import { RoomData } from '../../src/rooms/room-data.ts';
import { ServerView } from '../../src/rooms/serving/server-view.ts';
import { View } from '../../src/rooms/visibility.ts';
import { historyOf, type History } from '../oracle/history.ts';
import { printGraph } from '../oracle/print-graph.ts';
import { makeRoomGraph, type RoomGraph } from '../oracle/room-graph.ts';
import { shrink } from '../oracle/shrink.ts';
import { momentOf, serverMaySee, userMaySee, usersIn } from '../oracle/visibility.ts';
import { World } from './world.ts';

const SEEDS = 40;
const SERVERS = ['a.example', 'b.example', 'c.example', 'd.example', 'e.example'];

/** The room's data with the events of a history in it, each as the oracle judged it. */
function dataOf({ room, order }: History): RoomData {
  const roomId = room.events.get(order[0]!)!.roomId;
  const data = new RoomData(new World().env(roomId));
  const begin = {
    version: room.version,
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
  Change.commit(
    data,
    (change) => {
      for (const id of order)
        change.append({
          pdu: room.events.get(id)!,
          rootBefore: change.head.root,
          verdict: room.rejected.has(id) ? 'rejected' : 'accepted',
          reason: undefined,
          transaction: undefined,
        });
    },
    begin,
  );
  return data;
}

/** Whether somebody joined after an event: in a room without branches, exactly. */
function joinedSince({ room, order }: History, user: string, id: string): boolean {
  return order.slice(order.indexOf(id) + 1).some((later) => {
    const { type, stateKey, content } = room.events.get(later)!;
    const isTheirs = type === 'm.room.member' && stateKey === user && !room.rejected.has(later);
    return isTheirs && member(content, 'membership') === 'join';
  });
}

function difference(graph: RoomGraph): string | undefined {
  const history = historyOf(graph.version, graph.events);
  const data = dataOf(history);
  const users = usersIn(history);
  for (const id of history.order) {
    const stored = data.byId(id)!;
    const moment = momentOf(history, id);
    const shown = !history.room.rejected.has(id);
    for (const user of [...users, '@nobody:e.example']) {
      const oracle = shown && userMaySee(moment, user, joinedSince(history, user, id));
      const ours = new View(data, user).sees(stored);
      if (ours !== oracle) return `${user} sees ${id}: ours ${ours}, the oracle ${oracle}`;
    }
    for (const server of SERVERS) {
      const view = new ServerView(data, server);
      const oracle = shown && serverMaySee(moment, server, users, (user) => joinedSince(history, user, id));
      const ours = view.sees(stored);
      // A server that has left is shown less than its users might be: nothing that came after that.
      if (ours && !oracle) return `${server} sees ${id}: the oracle would not let it`;
      if (view.joined && !ours && oracle) return `${server}, which is in the room, does not see ${id}`;
    }
  }
  return undefined;
}

for (const version of ['1', '6', '9', '11', '12'])
  test(`users and servers see of ${SEEDS} rooms of version ${version} what the text lets them`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const graph = makeRoomGraph(seed, { version, branches: false });
      if (difference(graph) === undefined) continue;
      const small = shrink(graph, (smaller) => difference(smaller) !== undefined);
      assert.fail(`${difference(small)}\n${printGraph(small)}`);
    }
  });
