// The same events in any order of arrival, some of them twice: the same state and the same forward extremities (RP21).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pdu } from '../../../src/events/pdu.ts';
import { SeededRandom } from '../../oracle/seeded-random.ts';
import { alice, aRoom, bob, type TestRoom } from '../world.ts';
import { keysOf, Peer, textOf } from './peer.ts';

async function theRoom(): Promise<{ room: TestRoom; eve: Peer; hana: Peer }> {
  const room = await aRoom('12');
  await room.member(bob, 'join');
  const eve = new Peer(room);
  await eve.send(eve.member('join'));
  const hana = new Peer(room, 'hon.test', 'hana');
  await hana.send(hana.member('join'));
  await room.state(alice, 'm.room.power_levels', '', { users: { [hana.userId]: 60, [eve.userId]: 50 } });
  eve.learn();
  hana.learn();
  return { room, eve, hana };
}

/** Six events that depend on each other: a ban beside what the banned do, levels, and what joins both. */
function six(eve: Peer, hana: Peer): { pdu: Pdu; from: Peer }[] {
  const now = hana.room.world.clock.now();
  const fork = hana.last;
  const ban = hana.member('ban', eve.userId, { originServerTs: now + 1 });
  const topic = eve.state('m.room.topic', { topic: 'eve' }, { after: fork, originServerTs: now + 2 });
  const name = hana.state('m.room.name', { name: 'hana' }, { after: [ban], originServerTs: now + 3 });
  const levels = hana.state(
    'm.room.power_levels',
    { users: { [hana.userId]: 60 } },
    { after: [name], originServerTs: now + 4 },
  );
  const over = hana.make({ body: 'over', after: [levels, topic], originServerTs: now + 5 });
  const last = hana.state('m.room.topic', { topic: 'hana' }, { after: [over], originServerTs: now + 6 });
  const all = [ban, topic, name, levels, over, last];
  return all.map((pdu) => ({ pdu, from: pdu.sender === eve.userId ? eve : hana }));
}

function* permutations<T>(list: readonly T[]): Generator<T[]> {
  if (list.length === 0) yield [];
  for (const [index, first] of list.entries())
    for (const rest of permutations(list.toSpliced(index, 1))) yield [first, ...rest];
}

function summary(room: TestRoom): string {
  const data = new Peer(room).data;
  const idOf = (number: number): string => data.byNumber(number)?.pdu.eventId ?? '';
  const waiting = room.world.sql.first('SELECT count(*) AS n FROM room_staged')?.['n'];
  return JSON.stringify({
    state: data.states.all(data.head.root).map(idOf).sort(),
    ends: data.head.extremities.map(idOf).sort(),
    members: [data.head.joined, data.members.first('ban', 10).map(({ userId }) => userId)],
    atEnd: data.log.rootAt(data.head.roomPos) === data.head.root,
    waiting,
  });
}

test('all 720 orders of six events that depend on each other end in the same state', async () => {
  const { room, eve, hana } = await theRoom();
  const events = six(eve, hana);
  const { database } = room.world.sql;
  const keys = [keysOf(eve.signer), keysOf(hana.signer)];
  const ends = new Map<string, string>();
  let orders = 0;
  for (const order of permutations(events)) {
    orders += 1;
    database.exec('SAVEPOINT arrival');
    room.world.restart();
    room.world.groups.clear();
    for (const { pdu, from } of order) await room.room.receipt.offer(from.server, [textOf(pdu)], keys);
    const summed = summary(room);
    ends.set(summed, order.map(({ pdu }) => events.findIndex((one) => one.pdu === pdu)).join());
    if (orders % 60 === 0) {
      // Twice, and after a restart: nothing changes.
      room.world.restart();
      for (const { pdu, from } of order) await room.room.receipt.offer(from.server, [textOf(pdu)], keys);
      assert.equal(summary(room), summed);
    }
    database.exec('ROLLBACK TO arrival; RELEASE arrival');
  }
  assert.equal(orders, 720);
  assert.equal(ends.size, 1, [...ends].map(([end, order]) => `${order}: ${end}`).join('\n'));
});

/** A history with branches, in which nothing takes anybody's power away. */
function history(random: SeededRandom, eve: Peer, hana: Peer): { pdu: Pdu; from: Peer }[] {
  const known: Pdu[] = [...hana.last];
  const events: { pdu: Pdu; from: Peer }[] = [];
  for (let step = 0; step < 14; step++) {
    const from = random.below(2) === 0 ? eve : hana;
    const parents = [random.pick(known.slice(-4)), ...(random.below(3) === 0 ? [known.at(-1)!] : [])];
    const after = parents.filter((pdu, index) => parents.indexOf(pdu) === index);
    const made = { after, originServerTs: hana.room.world.clock.now() + random.below(100) };
    const type = random.pick(['m.room.topic', 'm.room.name', 'm.room.message']);
    const isState = type !== 'm.room.message';
    const content = { topic: `${step}`, name: `${step}`, body: `${step}` };
    const pdu = from.make({ ...made, type, content, ...(isState ? { stateKey: '' } : {}) });
    for (const other of [eve, hana]) other.add(pdu, from.stateAfter(after[0]!));
    known.push(pdu);
    events.push({ pdu, from });
  }
  return events;
}

test('histories with branches, in random orders, repeated, over restarts, end as they do in order', async () => {
  const { room, eve, hana } = await theRoom();
  const { database } = room.world.sql;
  const keys = [keysOf(eve.signer), keysOf(hana.signer)];
  for (let seed = 1; seed <= 25; seed++) {
    const random = new SeededRandom(seed);
    const events = history(random, eve, hana);
    const ends: string[] = [];
    for (let order = 0; order < 6; order++) {
      const arrivals = order === 0 ? events : shuffled(random, [...events, ...random.some(events, 4)]);
      database.exec('SAVEPOINT arrival');
      room.world.restart();
      room.world.groups.clear();
      for (let at = 0; at < arrivals.length;) {
        const count = 1 + random.below(3);
        const batch = arrivals.slice(at, at + count);
        const [first] = batch;
        await room.room.receipt.offer(
          first!.from.server,
          batch.map(({ pdu }) => textOf(pdu)),
          keys,
        );
        if (random.below(4) === 0) room.world.restart();
        at += count;
      }
      await room.room.receipt.offer('evil.test', [], keys);
      ends.push(summary(room));
      database.exec('ROLLBACK TO arrival; RELEASE arrival');
    }
    assert.equal(new Set(ends).size, 1, `seed ${seed}: ${[...new Set(ends)].join('\n')}`);
    assert.match(ends[0]!, /"waiting":0/);
    eve.learn();
    hana.learn();
  }
});

function shuffled<T>(random: SeededRandom, list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: random.fraction() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
