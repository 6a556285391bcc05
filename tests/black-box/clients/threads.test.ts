// Threads as matrix-js-sdk has them: replies, the list of threads, unread counts and receipts of each.
// https://spec.matrix.org/v1.19/client-server-api/#threading
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotificationCountType, type Thread } from 'matrix-js-sdk';
import { eventually } from '../eventually.ts';
import type { Person } from '../person.ts';
import { ENCRYPTION, onEveryRuntime } from './stage.ts';

const { Total, Highlight } = NotificationCountType;
const THREADS = { threadSupport: true };

/** Says something in a thread (in the room without one), naming whom it is for. Answers the event's id. */
async function say(by: Person, roomId: string, thread: string | null, body: string, to: readonly Person[] = []) {
  if (thread) await open(by, roomId, thread);
  const content = { msgtype: 'm.text', body, 'm.mentions': { user_ids: to.map((person) => person.userId) } };
  return (await by.sdk.sendMessage(roomId, thread, content as never)).event_id;
}

/** As an application does when somebody begins to answer: the SDK wants the thread to be there before its own echo. */
async function open(by: Person, roomId: string, root: string): Promise<void> {
  const room = by.sdk.getRoom(roomId)!;
  const event = await eventually('the root is on the screen', () => room.findEventById(root));
  if (!room.getThread(root)) room.createThread(root, event, [], true);
}

function threadOf(person: Person, roomId: string, root: string): Thread | undefined {
  return person.sdk.getRoom(roomId)?.getThread(root) ?? undefined;
}

const bodies = (thread: Thread): string[] =>
  thread.timeline.filter((event) => event.getType() === 'm.room.message').map((event) => event.getContent()['body']);

onEveryRuntime((stage) => {
  test('replies in a thread reach the other client, and stay out of the room’s own timeline', async () => {
    const alice = await stage().enter('alice', THREADS);
    const bob = await stage().enter('bob', THREADS);
    const roomId = await stage().room(alice, [bob]);
    const root = await say(alice, roomId, null, 'the root');
    await say(bob, roomId, root, 'first');
    await eventually('alice reads the first', () => threadOf(alice, roomId, root)?.length === 1);
    await say(alice, roomId, root, 'second');
    await say(alice, roomId, null, 'elsewhere');
    for (const person of [alice, bob]) {
      const thread = await eventually('both replies', () => {
        const seen = threadOf(person, roomId, root);
        return seen?.length === 2 && seen.replyToEvent?.getContent()['body'] === 'second' ? seen : undefined;
      });
      await eventually('the whole thread', () => bodies(thread).length === 3);
      assert.deepEqual(bodies(thread), ['the root', 'first', 'second']);
      assert.equal(thread.hasCurrentUserParticipated, true);
      await eventually('the other message', () => person.readable(roomId).length === 2);
      assert.deepEqual(person.readable(roomId), ['the root', 'elsewhere']);
    }
  });

  test('a client that comes later finds all threads in the list, and reads one back to its root', async () => {
    const alice = await stage().enter('alice', THREADS);
    const bob = await stage().enter('bob', THREADS);
    const roomId = await stage().room(alice, [bob]);
    const roots: string[] = [];
    for (let n = 0; n < 3; n++) {
      const root = await say(alice, roomId, null, `root ${n}`);
      roots.push(root);
      for (let reply = 0; reply < 4; reply++) await say(bob, roomId, root, `reply ${reply} to ${n}`);
    }
    await say(alice, roomId, roots[0]!, 'alice answers the oldest');
    for (let n = 0; n < 5; n++) await say(bob, roomId, null, `noise ${n}`);

    const later = await stage().again(bob, { ...THREADS, initialSyncLimit: 2 });
    const room = later.sdk.getRoom(roomId)!;
    await room.createThreadsTimelineSets();
    await room.fetchRoomThreads();
    const listed = (n: number): string[] =>
      room.threadsTimelineSets[n]!.getLiveTimeline()
        .getEvents()
        .map((e) => e.getId()!);
    // Oldest activity first, as a timeline has it. Bob has said something in each.
    assert.deepEqual(listed(0), [roots[1], roots[2], roots[0]]);
    assert.deepEqual(listed(1), listed(0));
    const thread = room.getThread(roots[0]!)!;
    assert.equal(thread.length, 5);
    assert.equal(thread.replyToEvent?.getContent()['body'], 'alice answers the oldest');
    await eventually('the client has looked into the thread', () => thread.initialEventsFetched);
    const timeline = thread.liveTimeline;
    while (await later.sdk.paginateEventTimeline(timeline, { backwards: true, limit: 2 })) {
      /* to the root */
    }
    assert.deepEqual(bodies(thread), [
      'root 0',
      ...[0, 1, 2, 3].map((n) => `reply ${n} to 0`),
      'alice answers the oldest',
    ]);
  });

  test('each thread counts what is unread in it, and a receipt there clears that thread alone', async () => {
    const alice = await stage().enter('alice', THREADS);
    const bob = await stage().enter('bob', THREADS);
    const roomId = await stage().room(alice, [bob]);
    const one = await say(bob, roomId, null, 'one');
    const two = await say(bob, roomId, null, 'two');
    await say(alice, roomId, one, 'for bob', [bob]);
    const last = await say(alice, roomId, one, 'more');
    await say(alice, roomId, two, 'here too');
    await say(alice, roomId, null, 'in the room');
    const room = bob.sdk.getRoom(roomId)!;
    const counts = () => [
      room.getRoomUnreadNotificationCount(Total),
      room.getThreadUnreadNotificationCount(one, Total),
      room.getThreadUnreadNotificationCount(one, Highlight),
      room.getThreadUnreadNotificationCount(two, Total),
      room.getUnreadNotificationCount(Total),
    ];
    const counted = (...expected: number[]) =>
      eventually(`${expected.join()} and not ${counts().join()}`, () => counts().join() === expected.join());
    await counted(1, 2, 1, 1, 4);
    const event = await eventually('bob has the reply', () => threadOf(bob, roomId, one)?.findEventById(last));
    await bob.sdk.sendReadReceipt(event);
    await counted(1, 0, 0, 1, 2);
    await eventually(
      'alice sees how far bob has read in the thread',
      () => threadOf(alice, roomId, one)?.getReadReceiptForUserId(bob.userId)?.eventId === last,
    );
    // Another client of bob's has the same counts from the server alone.
    const other = await stage().again(bob, THREADS);
    const seen = other.sdk.getRoom(roomId)!;
    assert.deepEqual(
      [seen.getRoomUnreadNotificationCount(Total), seen.getThreadUnreadNotificationCount(two, Total)],
      [1, 1],
    );
    assert.equal(seen.getThreadUnreadNotificationCount(one, Total), 0);
  });

  test('an encrypted reply is read in its thread, and counted there by the server, which cannot read it', async () => {
    const alice = await stage().enter('alice', { ...THREADS, crypto: true });
    const bob = await stage().enter('bob', { ...THREADS, crypto: true });
    const roomId = await stage().room(alice, [bob], { initial_state: [ENCRYPTION] });
    const root = await say(alice, roomId, null, 'the root');
    await say(alice, roomId, root, 'a reply', [bob]);
    const thread = await eventually('the thread', () => threadOf(bob, roomId, root));
    await eventually('both messages', () => bodies(thread).join() === 'the root,a reply');
    const filter = JSON.stringify({ room: { timeline: { unread_thread_notifications: true } } });
    const told = (await bob.account.sync({ filter })).rooms?.join?.[roomId];
    assert.deepEqual(
      [told?.unread_notifications, told?.unread_thread_notifications],
      [{ notification_count: 1, highlight_count: 0 }, { [root]: { notification_count: 1, highlight_count: 0 } }],
    );
  });
});
