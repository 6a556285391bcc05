// What clients are told of a room with branches: whoever applies state and timeline as they come has the room's state.
// https://spec.matrix.org/v1.19/client-server-api/#syncing
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pdu } from '../../../src/events/pdu.ts';
import { SeededRandom } from '../../oracle/seeded-random.ts';
import { alice, aRoom, type TestRoom } from '../world.ts';
import { Peer } from './peer.ts';

interface Shown {
  readonly type: string;
  readonly state_key?: string;
  readonly event_id: string;
}

/** A client that syncs the room. */
class Replica {
  readonly state = new Map<string, string>();
  readonly timeline: string[] = [];
  readonly #room: TestRoom;
  #after: number | undefined;

  constructor(room: TestRoom) {
    this.#room = room;
  }

  async sync(limit: number): Promise<void> {
    const to = new Peer(this.#room).data.head.roomPos;
    if (to === this.#after) return;
    const window = await this.#room.window(alice, {
      to,
      limit,
      ...(this.#after === undefined ? {} : { after: this.#after }),
    });
    for (const event of [...window.stateEvents, ...window.events] as unknown as Shown[])
      if (event.state_key !== undefined) this.state.set(`${event.type} ${event.state_key}`, event.event_id);
    for (const event of window.events as unknown as Shown[]) this.timeline.push(event.event_id);
    this.#after = to;
  }
}

function stateOf(room: TestRoom): string[] {
  const { data } = new Peer(room);
  return data.states
    .all(data.head.root)
    .flatMap((number) => {
      const pdu = data.byNumber(number)?.pdu;
      return pdu === undefined ? [] : `${pdu.type} ${pdu.stateKey} ${pdu.eventId}`;
    })
    .sort();
}

async function run(seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const room = await aRoom('12');
  const eve = new Peer(room);
  await eve.send(eve.member('join'));
  const hana = new Peer(room, 'hon.test', 'hana');
  await hana.send(hana.member('join'));
  await room.state(alice, 'm.room.power_levels', '', { users: { [hana.userId]: 60, [eve.userId]: 50 } });
  eve.learn();
  hana.learn();
  const [everySync, sometimes] = [new Replica(room), new Replica(room)];
  const known: Pdu[] = [...eve.last];
  for (let step = 0; step < 25; step++) {
    const peer = random.below(2) === 0 ? eve : hana;
    const parent = known[Math.max(0, known.length - 1 - random.below(4))]!;
    const after = random.below(4) === 0 ? [parent, known.at(-1)!] : [parent];
    const distinct = after.filter((pdu, index) => after.indexOf(pdu) === index);
    const made = { after: distinct, originServerTs: room.world.clock.now() + random.below(1000) };
    const type = ['m.room.topic', 'm.room.name', 'm.room.message', 'com.example.state'][random.below(4)]!;
    const pdu =
      type === 'm.room.message'
        ? peer.make({ ...made, body: `${step}` })
        : peer.make({ ...made, type, stateKey: '', content: { topic: `${step}`, name: `${step}` } });
    // Both follow what the other has sent.
    for (const other of [eve, hana]) other.add(pdu, peer.stateAfter(distinct[0]!));
    known.push(pdu);
    const { outcome } = await peer.sends(pdu);
    assert.notEqual(outcome, 'dropped');
    if (random.below(5) === 0) await room.send(alice, 'mine');
    await everySync.sync(10);
    if (random.below(4) === 0) await sometimes.sync(3);
    const held = [...everySync.state].map(([key, id]) => `${key} ${id}`).sort();
    assert.deepEqual(held, stateOf(room), `seed ${seed}, step ${step}`);
  }
  await sometimes.sync(3);
  assert.deepEqual([...sometimes.state].map(([key, id]) => `${key} ${id}`).sort(), stateOf(room), `seed ${seed}`);
  assert.equal(new Set(everySync.timeline).size, everySync.timeline.length);
}

for (let seed = 1; seed <= 8; seed++)
  test(`a client that follows a room with branches has its state at every step (seed ${seed})`, () => run(seed));
