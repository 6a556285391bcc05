// Branches of large rooms resolved: 2, 5 and 20 of them, in rooms of 1,000, 10,000 and 50,000 members, on the tables that a Room
// has, in memory. Every branch has its own topic, change of levels and ten members' new names. `node bench/state-resolution.ts`
import { authEventsFor } from '../src/authorization/selection.ts';
import type { Pdu } from '../src/events/pdu.ts';
import { pduOf } from '../src/events/read-pdu.ts';
import { roomVersion } from '../src/events/room-versions.ts';
import { Change } from '../src/rooms/change.ts';
import { resolveStates } from '../src/rooms/resolution.ts';
import { RoomData } from '../src/rooms/room-data.ts';
import type { Head } from '../src/rooms/store/info.ts';
import type { StoredEvent } from '../src/rooms/stored-event.ts';
import type { JsonObject } from '../src/spec/json.ts';
import { World } from '../tests/rooms/world.ts';

const BRANCHES = [2, 5, 20];
const SIZES = [1000, 10_000, 50_000];
const MEMBERS_A_BRANCH = 10;
const ROUNDS = 9;

class Grown {
  readonly world = new World();
  readonly data: RoomData;
  readonly #version: string;
  #made = 0;

  constructor(version: string) {
    this.#version = version;
    const version12 = roomVersion(version)?.roomIdIsCreateHash === true;
    this.data = new RoomData(this.world.env(version12 ? `!${this.#id(0).slice(1)}` : '!room:a.example'));
    const { states } = this.data;
    const begin: Head = {
      ...{ version, epoch: 1, eventCount: 0, keyCount: 0, roomPos: 0, receiptPos: 0 },
      ...{ root: states.empty, depth: 0, extremities: [], joined: 0, invited: 0, outside: false },
    };
    Change.commit(this.data, (change) => this.#put(change, 'm.room.create', '', { room_version: version }), begin);
  }

  #id(number: number): string {
    return `$${String(number).padStart(43, '0')}`;
  }

  /** What Alice, or the member whose key it is, sets after an event; at the end of the room unless one is given. */
  put(type: string, stateKey: string, content: JsonObject, after?: StoredEvent): StoredEvent {
    return Change.commit(this.data, (change) => this.#put(change, type, stateKey, content, after)).result;
  }

  many(count: number, of: (index: number) => readonly [type: string, stateKey: string, content: JsonObject]): void {
    for (let at = 0; at < count; at += 1000) {
      Change.commit(this.data, (change) => {
        for (let index = at; index < Math.min(count, at + 1000); index++) this.#put(change, ...of(index));
      });
    }
  }

  #put(change: Change, type: string, stateKey: string, content: JsonObject, after?: StoredEvent): StoredEvent {
    const { data } = this;
    const { head } = change;
    const version = roomVersion(this.#version)!;
    const rootBefore = after?.rootAfter ?? head.root;
    const sender = type === 'm.room.member' ? stateKey : '@alice:a.example';
    const cited = authEventsFor({ type, sender, stateKey, content }, version).flatMap(
      (address) => data.stateEvent(rootBefore, address.type, address.stateKey)?.pdu.eventId ?? [],
    );
    const last = after ?? data.byNumber(head.extremities[0] ?? -1);
    const json: JsonObject = {
      ...{ type, sender, state_key: stateKey, content, depth: (last?.pdu.depth ?? 0) + 1 },
      ...{ origin_server_ts: 1_700_000_000_000 + this.#made, auth_events: cited },
      ...{ prev_events: last === undefined ? [] : [last.pdu.eventId], hashes: { sha256: 'x'.repeat(43) } },
      signatures: { 'a.example': { 'ed25519:1': 'x'.repeat(86) } },
      ...(type === 'm.room.create' && version.roomIdIsCreateHash ? {} : { room_id: data.roomId }),
    };
    const pdu: Pdu = pduOf(json, version, this.#id(this.#made++));
    // What stands on a branch is kept out of the room's end, or every event of it would be resolved with all other branches.
    const verdict = after === undefined ? 'accepted' : 'soft-failed';
    return change.append({ pdu, rootBefore, verdict, reason: undefined, transaction: undefined });
  }
}

function grow(version: string, members: number): Grown {
  const room = new Grown(version);
  const own = version === '12' ? {} : { '@alice:a.example': 100 };
  room.put('m.room.member', '@alice:a.example', { membership: 'join', displayname: 'Alice' });
  room.put('m.room.power_levels', '', { users: own });
  room.put('m.room.join_rules', '', { join_rule: 'public' });
  room.put('m.room.history_visibility', '', { history_visibility: 'shared' });
  room.many(members, (index) => ['m.room.member', `@user${index}:s${index % 50}.example`, { membership: 'join' }]);
  return room;
}

/** The ends of branches that leave the room at its end. */
function fork(room: Grown, branches: number, members: number): StoredEvent[] {
  const { data } = room;
  const from = data.byNumber(data.head.extremities[0] ?? 0)!;
  const own = data.version.privilegedCreators ? {} : { '@alice:a.example': 100 };
  return Array.from({ length: branches }, (_, branch) => {
    let at = room.put('m.room.power_levels', '', { users: { ...own, [`@user${branch}:s0.example`]: 10 } }, from);
    at = room.put('m.room.topic', '', { topic: `branch ${branch}` }, at);
    for (let index = 0; index < MEMBERS_A_BRANCH; index++) {
      const member = (branch * MEMBERS_A_BRANCH + index) % members;
      const content = { membership: 'join', displayname: `on branch ${branch}` };
      at = room.put('m.room.member', `@user${member}:s${member % 50}.example`, content, at);
    }
    return at;
  });
}

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;

function measure(room: Grown, branches: number, members: number): string {
  const ends = fork(room, branches, members);
  const { data, world } = room;
  const roots = ends.map((end) => end.rootAfter);
  const head = data.head;
  let statements = 0;
  const run = (): number => {
    const before = world.sql.statements;
    const start = performance.now();
    world.sql.transaction(() => resolveStates(data, roots, head));
    statements = world.sql.statements - before;
    return performance.now() - start;
  };
  const cold = Array.from({ length: ROUNDS }, () => {
    data.forget();
    data.head.root.toFixed();
    return run();
  });
  const coldStatements = statements;
  const warm = Array.from({ length: ROUNDS }, run);
  return `${median(cold).toFixed(1).padStart(6)} ms cold (${coldStatements} statements), ${median(warm).toFixed(1)} ms warm`;
}

for (const version of ['10', '12']) {
  for (const members of SIZES) {
    const start = performance.now();
    const room = grow(version, members);
    const each = ((performance.now() - start) / members) * 1000;
    console.log(`\nversion ${version}, ${members} members (built at ${each.toFixed(0)} µs a join)`);
    for (const branches of BRANCHES) {
      const events = branches * (MEMBERS_A_BRANCH + 2);
      console.log(
        `  ${String(branches).padStart(2)} branches of ${events} events: ${measure(room, branches, members)}`,
      );
    }
  }
}
