// The same events in any order of arrival, some of them twice: the same state and the same forward extremities (RP21).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pdu } from '../../../src/events/pdu.ts';
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
