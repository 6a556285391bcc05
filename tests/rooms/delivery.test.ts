// How the Users groups come to know what happened, whatever is lost on the way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { alice, aRoom, bob, charlie, type TestRoom } from './world.ts';

function told(room: TestRoom, group: number): string[] {
  return (room.world.group(group).rooms.get(room.id)?.entries ?? []).map(
    (entry) => `${entry.roomPos} ${entry.event?.type ?? entry.kind}`,
  );
}

function positions(room: TestRoom, group: number): number[] {
  return (room.world.group(group).rooms.get(room.id)?.entries ?? []).map((entry) => entry.roomPos);
}

test('when the sender is answered, every group with members in the room has been told', async () => {
  const room = await aRoom();
  await room.member(charlie, 'join');
  await room.send(alice, 'x');
  assert.equal(told(room, 1).at(-1), told(room, 2).at(-1));
  assert.match(told(room, 2).at(-1) ?? '', /m\.room\.message/);
});

test('each position is told once and in order, however many are sent at once', async () => {
  const room = await aRoom();
  await room.member(charlie, 'join');
  await Promise.all(
    Array.from({ length: 50 }, (_, number) => room.send(number % 2 === 0 ? alice : charlie, String(number))),
  );
  const all = positions(room, 1);
  assert.deepEqual(
    all,
    Array.from({ length: all.length }, (_, at) => at + 1),
  );
  assert.equal(positions(room, 2).at(-1), all.at(-1));
});

test('whoever is answered has been told, however the answers of the groups and the sends fall', async () => {
  const delays = fc.array(fc.nat({ max: 6 }), { minLength: 12, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(delays, delays, async (beforeSend, beforeApplied) => {
      const room = await aRoom();
      const group = room.world.group(1);
      const { apply } = group.contract.stream;
      let calls = 0;
      Object.assign(group.contract.stream, {
        apply: async (...call: Parameters<typeof apply>) => {
          const answer = await apply(...call);
          await turns(beforeApplied[calls++ % beforeApplied.length] ?? 0);
          return answer;
        },
      });
      await Promise.all(
        beforeSend.map(async (delay, number) => {
          await turns(delay * number);
          const eventId = await room.send(alice, String(number));
          assert.ok(group.rooms.get(room.id)?.entries.some((entry) => entry.event?.eventId === eventId));
        }),
      );
    }),
  );
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await null;
}

test('a group that was down catches up from the log, with the next message or with the alarm', async () => {
  for (const how of ['message', 'alarm', 'alarm after a restart'] as const) {
    const room = await aRoom();
    await room.member(charlie, 'join');
    room.world.group(2).down = true;
    for (let number = 0; number < 20; number++) await room.send(alice, String(number));
    const before = positions(room, 2).length;
    room.world.group(2).down = false;
    if (how === 'message') await room.send(alice, 'last');
    else {
      if (how === 'alarm after a restart') room.world.restart();
      assert.ok((room.world.alarms.at(-1) ?? 0) > room.world.clock.now());
      await room.room.alarm();
    }
    const got = positions(room, 2);
    assert.equal(got.length, before + (how === 'message' ? 21 : 20));
    assert.deepEqual(
      got,
      Array.from({ length: got.length }, (_, at) => (got[0] ?? 0) + at),
    );
  }
});

/** Lets as much time pass as `promise` takes, in steps of 10 ms. */
async function meanwhile<T>(room: TestRoom, promise: Promise<T>): Promise<T> {
  let settled = false;
  const end = (): void => {
    settled = true;
  };
  promise.then(end, end);
  while (!settled) {
    for (let turn = 0; turn < 20; turn++) await null;
    room.world.clock.pass(10);
  }
  return promise;
}

test("when the sender's own group cannot be told, it is told again until it can: only then comes the answer", async () => {
  const room = await aRoom();
  const group = room.world.group(1);
  const { apply } = group.contract.stream;
  let failures = 5;
  Object.assign(group.contract.stream, {
    apply: async (...call: Parameters<typeof apply>) => {
      if (failures-- > 0) throw new Error('this group fails');
      return apply(...call);
    },
  });
  const eventId = await meanwhile(room, room.send(alice, 'x'));
  assert.equal(group.rooms.get(room.id)?.entries.at(-1)?.event?.eventId, eventId);
});

test("when the sender's own group is away for long, the request fails, and its repetition shows the same event once", async () => {
  const room = await aRoom();
  const group = room.world.group(1);
  const transaction = { scope: 'send', id: 'again' };
  const message = { type: 'm.room.message', content: { msgtype: 'm.text', body: 'x' } };
  const send = (): Promise<{ readonly eventId: string }> => room.room.writing.send(alice, message, transaction);
  group.down = true;
  const before = room.world.clock.now();
  await assert.rejects(meanwhile(room, send()));
  assert.ok(room.world.clock.now() - before <= 10_100);
  group.down = false;
  const { eventId } = await meanwhile(room, send());
  const shown = group.rooms.get(room.id)?.entries.filter((entry) => entry.event?.type === 'm.room.message');
  assert.deepEqual(
    shown?.map((entry) => entry.event?.eventId),
    [eventId],
  );
});

test('an alarm that cannot tell comes again, and never throws', async () => {
  const room = await aRoom();
  await room.member(charlie, 'join');
  room.world.group(2).down = true;
  await room.send(alice, 'x');
  const before = room.world.alarms.length;
  await room.room.alarm();
  assert.equal(room.world.alarms.length, before + 1);
});

test('a group whose last member left is told of that and of nothing after it', async () => {
  const room = await aRoom();
  await room.member(charlie, 'join');
  await room.member(charlie, 'leave');
  const before = told(room, 2);
  assert.match(before.at(-1) ?? '', /m\.room\.member/);
  await room.send(alice, 'x');
  assert.deepEqual(told(room, 2), before);
  await room.member(charlie, 'join');
  assert.equal(positions(room, 2).at(-1), room.pos);
});

test('a group that hangs holds up the answer for a second at most', async () => {
  const room = await aRoom();
  await room.member(charlie, 'join');
  const { contract } = room.world.group(2);
  Object.assign(contract.stream, { apply: () => new Promise(() => {}) });
  let answered = false;
  const sending = room.send(alice, 'x').then(() => (answered = true));
  for (let turn = 0; turn < 20; turn++) await null;
  assert.equal(answered, false);
  room.world.clock.pass(1000);
  await sending;
  assert.equal(answered, true);
});

test('a member change tells what the membership was and is', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  await room.member(alice, 'ban', bob);
  const entries = room.world.group(1).rooms.get(room.id)?.entries ?? [];
  const changes = entries.flatMap((entry) => entry.memberships).filter(({ userId }) => userId === bob.userId);
  assert.deepEqual(
    changes.map(({ previous, membership, sender }) => [previous, membership, sender]),
    [
      [undefined, 'join', bob.userId],
      ['join', 'ban', alice.userId],
    ],
  );
});

test('the log can be read again from any position', async () => {
  const room = await aRoom();
  await room.send(alice, 'x');
  const all = await room.room.reading.log(1, 0);
  assert.deepEqual(all.entries, room.world.group(1).rooms.get(room.id)?.entries);
  assert.deepEqual((await room.room.reading.log(1, 2)).entries, all.entries.slice(2));
});

test('the memberships at a position of the log are told page by page, as they were then', async () => {
  const room = await aRoom();
  const others = Array.from({ length: 1100 }, (_, n) => room.world.addUser(`u${n}`, 3));
  for (const user of others) await room.member(user, 'join');
  const at = room.pos;
  await room.member(charlie, 'knock').catch(() => undefined);
  await room.member(others[0]!, 'leave');
  for (let n = 0; n < 20; n++) await room.member(alice, 'invite', room.world.addUser(`invited${n}`, 2));
  const read = async (from: number | undefined): Promise<[number, Map<string, string>]> => {
    const told = new Map<string, string>();
    let [pages, after] = [0, -1];
    for (let next: number | undefined = after; next !== undefined; pages++) {
      const page = await room.room.reading.memberships(from, after);
      for (const { userId, membership } of page.memberships) told.set(userId, membership);
      next = page.next;
      after = next ?? after;
    }
    return [pages, told];
  };
  const [pages, then] = await read(at);
  assert.equal(pages, 3);
  assert.equal(then.get(others[0]!.userId), 'join');
  assert.equal([...then.values()].filter((membership) => membership === 'join').length, 1101);
  const [more, now] = await read(undefined);
  // With what introduces the room to those invited a page is soon full.
  assert.equal(more, 5);
  assert.equal(now.get(others[0]!.userId), 'leave');
  assert.equal([...now.values()].filter((membership) => membership === 'invite').length, 20);
});
