// Edits, reactions and redactions, receipts and unread counts, as matrix-js-sdk shows them.
// https://spec.matrix.org/v1.19/client-server-api/#receipts
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MatrixEvent, NotificationCountType, PushRuleKind, ReceiptType } from 'matrix-js-sdk';
import { eventually } from '../eventually.ts';
import type { Person } from '../person.ts';
import { ENCRYPTION, onEveryRuntime } from './stage.ts';

const { Total, Highlight } = NotificationCountType;

async function say(by: Person, roomId: string, body: string, to: readonly Person[] = []): Promise<string> {
  const content = { msgtype: 'm.text', body, 'm.mentions': { user_ids: to.map((person) => person.userId) } };
  return (await by.sdk.sendMessage(roomId, content as never)).event_id;
}

/** The event as it came by /sync. */
function has(person: Person, roomId: string, eventId: string): Promise<MatrixEvent> {
  return eventually(`${person.userId} has ${eventId}`, () => {
    const event = person.sdk.getRoom(roomId)?.findEventById(eventId);
    return event && !event.status ? event : undefined;
  });
}

const edit = (eventId: string, body: string) => ({
  msgtype: 'm.text',
  body: `* ${body}`,
  'm.new_content': { msgtype: 'm.text', body },
  'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
});

const unread = (person: Person, roomId: string): number[] => {
  const room = person.sdk.getRoom(roomId)!;
  return [room.getUnreadNotificationCount(Total), room.getUnreadNotificationCount(Highlight)];
};

const counted = (person: Person, roomId: string, ...expected: number[]): Promise<true> =>
  eventually(`${expected.join()} unread and highlighted`, () => unread(person, roomId).join() === expected.join());

const readUpTo = (person: Person, roomId: string, user: Person, type = ReceiptType.Read): string | undefined =>
  person.sdk.getRoom(roomId)?.getReadReceiptForUserId(user.userId, true, type)?.eventId;

onEveryRuntime((stage) => {
  test('an edit replaces the message for who is there and for who comes later', async () => {
    const alice = await stage().enter('alice');
    const bob = await stage().enter('bob');
    const roomId = await stage().room(alice, [bob]);
    const original = await say(alice, roomId, 'teh message');
    await alice.sdk.sendMessage(roomId, edit(original, 'the message') as never);
    await alice.sdk.sendMessage(roomId, edit(original, 'the last word') as never);
    const event = await has(bob, roomId, original);
    await eventually('the edit', () => event.getContent()['body'] === 'the last word');
    // A forged one, by another user, changes nothing.
    await bob.sdk.sendMessage(roomId, edit(original, 'words in her mouth') as never);
    for (let n = 0; n < 3; n++) await say(bob, roomId, `later ${n}`);
    // The edits do not fit in the window of the later client, which has the newest from the server's aggregation.
    const later = await stage().again(bob, { initialSyncLimit: 2 });
    const room = later.sdk.getRoom(roomId)!;
    await later.sdk.scrollback(room, 2);
    assert.equal(room.findEventById(original), undefined);
    const alone = new MatrixEvent(await later.sdk.fetchRoomEvent(roomId, original));
    assert.equal(
      alone.getServerAggregatedRelation<{ content: object }>('m.replace')?.content['m.new_content' as never]?.['body'],
      'the last word',
    );
    assert.equal(alone.getOriginalContent()['body'], 'teh message', 'what was said stands as it was');
    const { events } = await later.sdk.relations(roomId, original, 'm.replace', 'm.room.message');
    assert.deepEqual(
      events.map((one) => one.getContent()['m.new_content'].body),
      ['the last word', 'the message'],
    );
  });

  test('a reaction is counted, given once, and gone when it is redacted', async () => {
    const alice = await stage().enter('alice');
    const bob = await stage().enter('bob');
    const roomId = await stage().room(alice, [bob]);
    const message = await say(alice, roomId, 'well?');
    const relates = { rel_type: 'm.annotation', event_id: message, key: '👍️' };
    const react = (person: Person) =>
      person.sdk.sendEvent(roomId, 'm.reaction' as never, { 'm.relates_to': relates } as never);
    const { event_id: reaction } = await react(bob);
    await react(alice);
    const keys = () =>
      [
        ...(alice.sdk
          .getRoom(roomId)!
          .relations.getChildEventsForEvent(message, 'm.annotation', 'm.reaction')
          ?.getSortedAnnotationsByKey() ?? []),
      ].map(([key, events]) => [key, events.size]);
    await eventually('both', () => JSON.stringify(keys()) === JSON.stringify([['👍️', 2]]));
    await assert.rejects(react(bob), { errcode: 'M_DUPLICATE_ANNOTATION' });
    await bob.sdk.redactEvent(roomId, reaction);
    await eventually('one', () => JSON.stringify(keys()) === JSON.stringify([['👍️', 1]]));
    const { events } = await alice.sdk.relations(roomId, message, 'm.annotation', 'm.reaction');
    assert.deepEqual(
      events.map((one) => one.getSender()),
      [alice.userId],
    );
  });

  test('a redacted message has no words left, for who is there and for who scrolls back to it', async () => {
    const alice = await stage().enter('alice');
    const bob = await stage().enter('bob');
    const roomId = await stage().room(alice, [bob]);
    const message = await say(alice, roomId, 'a secret');
    const event = await has(bob, roomId, message);
    await alice.sdk.redactEvent(roomId, message, undefined, { reason: 'wrong room' });
    await eventually('bob sees it go', () => event.isRedacted());
    assert.deepEqual(event.getContent(), {});
    const later = await stage().again(bob, { initialSyncLimit: 1 });
    await later.readEverything(roomId);
    const found = later.sdk.getRoom(roomId)!.findEventById(message)!;
    assert.deepEqual(found.getContent(), {});
    assert.equal(
      (found.getRedactionEvent() as { content?: Record<string, unknown> }).content?.['reason'],
      'wrong room',
    );
  });

  test('a public receipt is seen by all, a private one by the reader alone, and each lowers the count', async () => {
    const alice = await stage().enter('alice');
    const bob = await stage().enter('bob');
    const roomId = await stage().room(alice, [bob]);
    const said = [
      await say(alice, roomId, 'one'),
      await say(alice, roomId, 'two', [bob]),
      await say(alice, roomId, 'three'),
    ];
    await counted(bob, roomId, 3, 1);
    await bob.sdk.sendReadReceipt(await has(bob, roomId, said[0]!));
    await eventually('alice sees it', () => readUpTo(alice, roomId, bob) === said[0]);
    const fresh = await stage().again(bob);
    assert.deepEqual(unread(fresh, roomId), [2, 1]);
    await bob.sdk.sendReadReceipt(await has(bob, roomId, said[1]!), ReceiptType.ReadPrivate);
    await eventually('bob’s other client', () => readUpTo(fresh, roomId, bob, ReceiptType.ReadPrivate) === said[1]);
    await counted(fresh, roomId, 1, 0);
    // What bob says after it reaches alice, and what she knows of his reading has not moved.
    await has(alice, roomId, await say(bob, roomId, 'hm'));
    assert.equal(readUpTo(alice, roomId, bob), said[0]);
    assert.equal(readUpTo(alice, roomId, bob, ReceiptType.ReadPrivate), undefined);
  });

  test('the fully read marker and both receipts move at once', async () => {
    const alice = await stage().enter('alice');
    const bob = await stage().enter('bob');
    const roomId = await stage().room(alice, [bob]);
    const first = await say(alice, roomId, 'first');
    const last = await has(bob, roomId, await say(alice, roomId, 'last'));
    await bob.sdk.setRoomReadMarkers(roomId, first, last);
    await eventually('alice sees the receipt', () => readUpTo(alice, roomId, bob) === last.getId());
    const fresh = await stage().again(bob);
    assert.equal(fresh.sdk.getRoom(roomId)!.getAccountData('m.fully_read')?.getContent()['event_id'], first);
    assert.deepEqual(unread(fresh, roomId), [0, 0]);
  });

  test('a muted room counts nothing but what the rules before still say, and a keyword is highlighted', async () => {
    const alice = await stage().enter('alice');
    const bob = await stage().enter('bob');
    const muted = await stage().room(alice, [bob]);
    const other = await stage().room(alice, [bob]);
    await bob.sdk.addPushRule('global', PushRuleKind.RoomSpecific, muted, { actions: [] } as never);
    await bob.sdk.addPushRule('global', PushRuleKind.ContentSpecific, 'cake', {
      pattern: 'cake',
      actions: ['notify', { set_tweak: 'highlight' }],
    } as never);
    await say(alice, muted, 'nobody is told');
    await say(alice, muted, 'you are', [bob]);
    await say(alice, other, 'pancakes are no match');
    await say(alice, other, 'there is Cake!');
    await counted(bob, muted, 1, 1);
    await counted(bob, other, 2, 1);
    // The rules are there for his other clients too, which count the same.
    const later = await stage().again(bob);
    assert.deepEqual(
      [unread(later, muted), unread(later, other)],
      [
        [1, 1],
        [2, 1],
      ],
    );
    assert.ok(later.sdk.pushRules!.global.room!.some((rule) => rule.rule_id === muted));
  });

  test('what is unread in an encrypted room is counted by the server and highlighted by the client', async () => {
    const alice = await stage().enter('alice', { crypto: true });
    const bob = await stage().enter('bob', { crypto: true });
    // Carol's client cannot read it: what it is told is what the server says.
    const carol = await stage().enter('carol');
    const roomId = await stage().room(alice, [bob, carol], { initial_state: [ENCRYPTION] });
    await say(alice, roomId, 'hello all');
    const mention = await say(alice, roomId, 'hello you', [bob]);
    await counted(bob, roomId, 2, 1);
    const told = async () => (await carol.account.sync()).rooms?.join?.[roomId]?.unread_notifications;
    assert.deepEqual(await told(), { notification_count: 2, highlight_count: 0 });
    await bob.sdk.sendReadReceipt(await has(bob, roomId, mention));
    await counted(bob, roomId, 0, 0);
    assert.deepEqual(await told(), { notification_count: 2, highlight_count: 0 });
  });
});
