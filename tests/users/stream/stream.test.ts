// What a Users group makes of what rooms tell it. https://spec.matrix.org/v1.19/client-server-api/#syncing
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALICE, BOB, CAROL, StreamWorld } from './stream-world.ts';

const ROOM = '!room:hs1';

async function world(): Promise<StreamWorld> {
  const made = new StreamWorld();
  await made.happen(ROOM, [ALICE, 'join']);
  await made.happen(ROOM, [BOB, 'join']);
  return made;
}

test('entries after a gap are not taken, and those that are known change nothing', async () => {
  const { stream, ...rest } = await world();
  const entry = { roomPos: 9, kind: 'event', memberships: [] } as const;
  assert.deepEqual(await stream.apply(ROOM, 1, 8, [entry]), { applied: 2 });
  const before = stream.positions.last;
  const log = rest.rooms.get(ROOM)!.log;
  assert.deepEqual(await stream.apply(ROOM, 1, 0, log), { applied: 2 });
  assert.equal(stream.positions.last, before);
  assert.deepEqual(await stream.apply(ROOM, 1, 1, [...log.slice(1), { ...entry, roomPos: 3 }]), { applied: 3 });
});

test('typing and receipts of a room that nobody here is in are ignored', async () => {
  const { stream } = await world();
  await stream.applyTyping('!other:hs1', [CAROL]);
  await stream.applyReceipts('!other:hs1', 3);
  assert.equal(stream.rooms.get('!other:hs1'), undefined);
});

test('a new epoch is read anew: who is not in it has left, and everybody else is told the room as if it were new', async () => {
  const made = await world();
  await made.happen(ROOM, [CAROL, 'join']);
  const { nextBatch: since } = await made.news(made.by(ALICE));
  made.room(ROOM).restart(
    new Map([
      [ALICE, 'join'],
      [CAROL, 'join'],
    ]),
  );
  await made.tell(ROOM);
  const hers = await made.newsOf(made.by(ALICE), since, ROOM);
  assert.deepEqual([hers?.membership, hers?.after, hers?.to, hers?.receiptsAfter], ['join', undefined, 3, 'all']);
  assert.equal((await made.newsOf(made.by(BOB), since, ROOM))?.membership, 'leave');
  const { nextBatch: next } = await made.news(made.by(ALICE), since);
  await made.happen(ROOM);
  for (const woken of [false, true]) {
    if (woken) made.restart();
    const news = await made.newsOf(made.by(ALICE), next, ROOM);
    assert.deepEqual([news?.after, news?.to], [3, 4]);
  }
});

test('calls that tell of a new epoch together read the room once, and one of an old epoch changes nothing', async () => {
  const made = await world();
  made.room(ROOM).restart(new Map([[ALICE, 'join']]));
  await Promise.all([made.tell(ROOM), made.tell(ROOM), made.tell(ROOM)]);
  assert.equal(made.logReads, 2);
  const entry = { roomPos: 3, kind: 'event', memberships: [] } as const;
  assert.deepEqual(await made.stream.apply(ROOM, 1, 2, [entry]), { applied: 2 });
  assert.equal(made.logReads, 2);
});

test('a room that cannot be read anew keeps its old epoch until it can', async () => {
  const made = await world();
  const room = made.room(ROOM);
  room.restart(new Map([[ALICE, 'join']]));
  Object.defineProperty(room, 'log', {
    configurable: true,
    get: () => {
      throw new Error('away');
    },
  });
  await assert.rejects(made.stream.apply(ROOM, 2, 0, []));
  assert.equal(made.stream.rooms.get(ROOM)?.epoch, 1);
  Object.defineProperty(room, 'log', { value: [], writable: true });
  room.restart(new Map([[ALICE, 'join']]));
  await made.tell(ROOM);
  assert.equal(made.stream.rooms.get(ROOM)?.epoch, 3);
});

test('who was seen typing before a restart is told of once more, as typing no more', async () => {
  const made = await world();
  await made.stream.applyTyping(ROOM, [BOB]);
  const { nextBatch: since } = await made.news(made.by(ALICE));
  made.restart();
  assert.equal(await made.stream.hasNews(made.by(ALICE), since), true);
  const news = await made.news(made.by(ALICE), since);
  assert.deepEqual(
    news.rooms.map(({ typing }) => typing),
    [[]],
  );
  assert.equal(await made.stream.hasNews(made.by(ALICE), news.nextBatch), false);
});

test('who typed in a room that then fell silent is not shown as typing for ever', async () => {
  const made = await world();
  await made.stream.applyTyping(ROOM, [BOB]);
  await made.stream.applyTyping(ROOM, [BOB]);
  const { nextBatch: since } = await made.news(made.by(ALICE));
  assert.equal(await made.stream.hasNews(made.by(ALICE), since), false);
  assert.equal(made.timers.size, 1);
  for (const timer of [...made.timers]) timer.then();
  const room = await made.newsOf(made.by(ALICE), since, ROOM);
  assert.deepEqual(room?.typing, []);
});

test('that somebody types still is no news', async () => {
  const made = await world();
  await made.stream.applyTyping(ROOM, [BOB]);
  const { nextBatch: since } = await made.news(made.by(ALICE));
  await made.stream.applyTyping(ROOM, [BOB]);
  assert.equal(await made.stream.hasNews(made.by(ALICE), since), false);
});

test('a token of somebody else, of another group or epoch, from the future or of no form is refused', async () => {
  const made = await world();
  const { nextBatch } = await made.news(made.by(ALICE));
  const parts = nextBatch.split('_');
  const changed = (index: number, to: string): string => parts.with(index, to).join('_');
  const bad = [
    '',
    's1',
    `${nextBatch}_`,
    `${nextBatch}_t`,
    `${nextBatch}_t1.`,
    `${nextBatch}_tx`,
    changed(0, 's2'),
    changed(1, '2'),
    changed(2, '2'),
    changed(3, '999999999'),
    changed(4, '999999999'),
    changed(3, '-1'),
    changed(3, '1e3'),
    changed(3, '9'.repeat(400)),
    `${nextBatch}_t${'1.'.repeat(20)}1`,
  ];
  for (const token of bad) {
    const refused = { status: 400, errcode: 'M_UNKNOWN' };
    await assert.rejects(made.news(made.by(ALICE), token), refused, token);
    await assert.rejects(made.stream.hasNews(made.by(ALICE), token), refused, token);
    await assert.rejects(made.stream.roomPosition(made.by(ALICE), token, ROOM), refused, token);
    await assert.rejects(made.stream.deviceListChanges(made.by(ALICE), nextBatch, token), refused, token);
  }
  // Rooms that it names and does not know are no harm.
  await made.news(made.by(ALICE), `${nextBatch}_t77.78`);
});

test('the same token gives the same answer, also to two who ask at once', async () => {
  const made = await world();
  const { nextBatch: since } = await made.news(made.by(ALICE));
  await made.happen(ROOM);
  made.toDevice.send(made.by(BOB), { scope: 's', id: '1' }, 'm.x', [{ userId: ALICE, deviceId: '*', content: {} }]);
  const answers = await Promise.all([made.news(made.by(ALICE), since), made.news(made.by(ALICE), since)]);
  assert.deepEqual(answers[0], answers[1]);
  assert.deepEqual(await made.news(made.by(ALICE), since), answers[0]);
  assert.equal(answers[0].toDevice.length, 1);
});

test('one request may hold more to-device messages than positions are kept ready', async () => {
  const made = new StreamWorld();
  const messages = Array.from({ length: 120_000 }, () => ({ userId: BOB, deviceId: '*', content: {} }));
  await made.toDevice.send(made.by(ALICE), { scope: 's', id: '1' }, 'm.x', messages);
  assert.equal(made.stream.positions.last, 120_000);
});

test('a token from before what is remembered still leads to all that moved', async () => {
  const made = await world();
  await made.happen('!quiet:hs1', [ALICE, 'join']);
  const { nextBatch: since } = await made.news(made.by(ALICE));
  await made.happen('!quiet:hs1');
  for (let n = 0; n < 4200; n++) await made.happen(ROOM);
  assert.deepEqual((await made.news(made.by(ALICE), since)).rooms.map(({ roomId }) => roomId).sort(), [
    '!quiet:hs1',
    ROOM,
  ]);
});

test('who joins is told who is typing, and the data that the user had for the room before', async () => {
  const made = await world();
  await made.happen(ROOM, [ALICE, 'leave']);
  made.data.put(ALICE, ROOM, 'm.tag', { tags: {} });
  await made.stream.applyTyping(ROOM, [BOB]);
  const { nextBatch: since } = await made.news(made.by(ALICE));
  await made.happen(ROOM, [ALICE, 'join']);
  const news = await made.newsOf(made.by(ALICE), since, ROOM);
  assert.deepEqual(news?.typing, [BOB]);
  assert.deepEqual(news?.accountData, [{ type: 'm.tag', content: { tags: {} } }]);
});

test('a group that is new to a long room begins where its first user comes in, whatever was before', async () => {
  const made = new StreamWorld();
  const room = made.room(ROOM);
  for (const userId of [CAROL, '@dan:hs2', '@eve:hs2']) room.add([[userId, 'join']]);
  room.add([['@eve:hs2', 'leave']]);
  for (let n = 0; n < 500; n++) room.add();
  const { nextBatch: since } = await made.news(made.by(ALICE));
  await made.happen(ROOM, [ALICE, 'join']);
  await made.happen(ROOM);
  assert.equal(made.sql.first('SELECT COUNT(*) AS n FROM users_room_entries')?.['n'], 3);
  const { nextBatch: next, ...news } = await made.news(made.by(ALICE), since);
  const [told] = news.rooms;
  assert.deepEqual([told?.membership, told?.after, told?.to], ['join', undefined, 506]);
  assert.deepEqual([...news.devicesChanged].sort(), [CAROL, '@dan:hs2']);
  for (const woken of [false, true]) {
    if (woken) made.restart();
    await made.happen(ROOM);
    const goesOn = await made.newsOf(made.by(ALICE), next, ROOM);
    assert.deepEqual([goesOn?.after, goesOn?.to], [506, woken ? 508 : 507]);
    assert.equal(made.stream.rooms.share(ALICE, CAROL), true);
    assert.equal(made.stream.rooms.share(ALICE, '@eve:hs2'), false);
  }
});

test('a group whose last user left long ago reads nothing of what was meanwhile when one comes back', async () => {
  const made = await world();
  await made.happen(ROOM, [ALICE, 'leave']);
  await made.happen(ROOM, [BOB, 'leave']);
  const [hers, his] = [await made.news(made.by(ALICE)), await made.news(made.by(BOB))];
  for (let n = 0; n < 300; n++) made.room(ROOM).add([[CAROL, n % 2 === 0 ? 'join' : 'leave']]);
  made.room(ROOM).add([[CAROL, 'join']]);
  await made.happen(ROOM, [ALICE, 'join']);
  const news = await made.news(made.by(ALICE), hers.nextBatch);
  assert.deepEqual([news.rooms[0]?.after, news.rooms[0]?.to], [undefined, 306]);
  assert.deepEqual(news.devicesChanged, [CAROL]);
  assert.deepEqual((await made.news(made.by(BOB), his.nextBatch)).rooms, []);
  assert.ok(Number(made.sql.first('SELECT COUNT(*) AS n FROM users_room_entries')?.['n']) < 10);
});

test('what is told while a room is begun with waits, and is taken once', async () => {
  const made = new StreamWorld();
  const room = made.room(ROOM);
  for (let n = 0; n < 300; n++) room.add([[`@u${n}:hs2`, 'join']]);
  room.add([[ALICE, 'join']]);
  room.add();
  const tell = (after: number) => made.stream.apply(ROOM, 1, after, room.log.slice(after));
  const answers = await Promise.all([tell(300), tell(301), tell(300), tell(0)]);
  assert.deepEqual(
    answers,
    Array.from({ length: 4 }, () => ({ applied: 302 })),
  );
  assert.equal(made.sql.first('SELECT COUNT(*) AS n FROM users_rooms')?.['n'], 1);
  assert.equal(made.stream.rooms.get(ROOM)?.members.size, 301);
});
