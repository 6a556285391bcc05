// The checks on receipt of events that were not drafted here: forks, late events, and what another server should not send.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pduOf } from '../../src/events/read-pdu.ts';
import { signerFromSeed } from '../../src/events/signing-key.ts';
import type { Requester } from '../../src/ports/contracts/requester.ts';
import type { StoredEvent } from '../../src/rooms/stored-event.ts';
import { dataOf, event, offer, stored, type Written } from './foreign-events.ts';
import { refusal } from './refusal.ts';
import { alice, aRoom, bob, said } from './world.ts';

for (const version of ['10', '11', '12']) {
  test(`v${version}: two messages beside each other are two extremities, which the next event joins`, async () => {
    const room = await aRoom(version);
    await room.member(bob, 'join');
    const data = dataOf(room);
    const one = event(data, { by: alice, body: 'one' }, room.world.signer);
    const two = event(data, { by: bob, body: 'two' }, room.world.signer);
    assert.equal(stored(offer(room, data, one)).verdict, 'accepted');
    assert.equal(stored(offer(room, data, two)).verdict, 'accepted');
    assert.equal(data.head.extremities.length, 2);
    room.world.restart();
    const next = dataOf(room).byId(await room.send(alice, 'three'));
    assert.deepEqual(new Set(next?.pdu.prevEvents), new Set([one.eventId, two.eventId]));
    assert.equal(dataOf(room).head.extremities.length, 1);
    const page = await room.page(alice, { limit: 3 });
    assert.deepEqual(page.chunk.map(said), ['three', 'two', 'one']);
  });

  test(`v${version}: a message that was sent before a ban and comes after it is kept out of sight`, async () => {
    const room = await aRoom(version);
    await room.member(bob, 'join');
    const late = event(dataOf(room), { by: bob, body: 'late' }, room.world.signer);
    await room.member(alice, 'ban', bob);
    const data = dataOf(room);
    const before = data.head;
    const outcome = stored(offer(room, data, late));
    assert.equal(outcome.verdict, 'soft-failed');
    assert.deepEqual(data.head.extremities, before.extremities);
    assert.equal(data.head.roomPos, before.roomPos);
    room.world.restart();
    await assert.rejects(room.room.reading.event(alice, late.eventId), refusal(404, 'M_NOT_FOUND'));
    const next = dataOf(room).byId(await room.send(alice, 'next'));
    assert.ok(!next?.pdu.prevEvents.includes(late.eventId));
  });

  test(`v${version}: what is not authorised is rejected, shown to nobody and changes nothing`, async () => {
    const room = await aRoom(version);
    await room.member(bob, 'join');
    const data = dataOf(room);
    const forged = event(
      data,
      { by: bob, type: 'm.room.topic', stateKey: '', content: { topic: 'mine' } },
      room.world.signer,
    );
    const outcome = stored(offer(room, data, forged));
    assert.equal(outcome.verdict, 'rejected');
    assert.equal(outcome.reason, 'below-required-level');
    assert.equal(data.stateEvent(data.head.root, 'm.room.topic', ''), undefined);
    room.world.restart();
    await assert.rejects(room.room.reading.event(alice, forged.eventId), refusal(404, 'M_NOT_FOUND'));
    await room.send(alice, 'on we go');
  });
}

test('an event that follows a rejected one is judged without it', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  const data = dataOf(room);
  const rejected = event(
    data,
    { by: bob, type: 'm.room.topic', stateKey: '', content: { topic: 'mine' } },
    room.world.signer,
  );
  stored(offer(room, data, rejected));
  const last = data.head.extremities.flatMap((number) => data.byNumber(number)?.pdu.eventId ?? []);
  const honest = event(data, { by: alice, prevEvents: [...last, rejected.eventId] }, room.world.signer);
  const outcome = stored(offer(room, data, honest));
  assert.equal(outcome.verdict, 'accepted');
  assert.equal(data.stateEvent(outcome.rootAfter, 'm.room.topic', ''), undefined);
});

test("a redaction from another server is applied to that server's events only, unless its sender may redact all", async () => {
  const room = await aRoom();
  const data = dataOf(room);
  const evil = signerFromSeed('evil.test', 'ed25519:e', new Uint8Array(32).fill(5));
  const eve: Requester = { userId: '@eve:evil.test', deviceId: undefined, group: 0 };
  const hers = await room.send(alice, 'hers');
  const from = (written: Partial<Written>): StoredEvent => {
    const fresh = dataOf(room);
    return stored(offer(room, fresh, event(fresh, { by: eve, ...written }, evil), evil));
  };
  const rules = data.stateEvent(data.head.root, 'm.room.join_rules', '')?.pdu.eventId ?? '';
  const levels = data.stateEvent(data.head.root, 'm.room.power_levels', '')?.pdu.eventId ?? '';
  from({ type: 'm.room.member', stateKey: eve.userId, content: { membership: 'join' }, authEvents: [levels, rules] });
  const his = from({ body: 'eve' }).pdu.eventId;
  for (const redacts of [hers, his])
    assert.equal(from({ type: 'm.room.redaction', content: {}, redacts }).verdict, 'accepted');
  room.world.restart();
  assert.equal(said(await room.room.reading.event(alice, hers)), 'hers');
  assert.deepEqual((await room.room.reading.event(alice, his))['content'], {});
});

test('an event with a signature of another key is dropped', async () => {
  const room = await aRoom();
  const data = dataOf(room);
  const stranger = signerFromSeed(room.world.signer.serverName, room.world.signer.keyId, new Uint8Array(32).fill(9));
  assert.deepEqual(offer(room, data, event(data, { by: alice }, stranger)), {
    outcome: 'dropped',
    reason: 'signature-not-valid',
  });
});

test('an event whose content was changed after signing is taken in its redacted form', async () => {
  const room = await aRoom();
  const data = dataOf(room);
  const sent = event(data, { by: alice, body: 'true' }, room.world.signer);
  const changed = pduOf({ ...sent.json, content: { msgtype: 'm.text', body: 'false' } }, data.version, sent.eventId);
  assert.equal(stored(offer(room, data, changed)).verdict, 'accepted');
  room.world.restart();
  assert.deepEqual((await room.room.reading.event(alice, sent.eventId))['content'], {});
});

test('an event of another room, or after an event that is not here, is dropped', async () => {
  const room = await aRoom();
  const other = await aRoom('12', { world: room.world });
  const data = dataOf(room);
  const foreign = event(dataOf(other), { by: alice }, room.world.signer);
  assert.deepEqual(offer(room, data, foreign), { outcome: 'dropped', reason: 'event-of-another-room' });
  const orphan = event(
    data,
    { by: alice, prevEvents: ['$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'] },
    room.world.signer,
  );
  assert.deepEqual(offer(room, data, orphan), { outcome: 'dropped', reason: 'prev-event-missing' });
});

test('auth events of another room count for nothing', async () => {
  const room = await aRoom('11', { joinRule: 'invite' });
  const data = dataOf(room);
  const foreign = event(dataOf(await aRoom('11', { world: room.world })), { by: alice }, room.world.signer);
  const outcome = stored(
    offer(room, data, event(data, { by: alice, authEvents: foreign.authEvents }, room.world.signer)),
  );
  assert.equal(outcome.verdict, 'rejected');
});

test('the same event comes in once', async () => {
  const room = await aRoom();
  const data = dataOf(room);
  const sent = event(data, { by: alice }, room.world.signer);
  const first = stored(offer(room, data, sent));
  assert.equal(stored(offer(room, data, sent)).number, first.number);
  assert.equal(data.head.eventCount, first.number + 1);
});

test('a child that came before its parent is found by it', async () => {
  const room = await aRoom();
  const data = dataOf(room);
  const parent = event(data, { by: alice, body: 'parent' }, room.world.signer);
  const content = {
    msgtype: 'm.text',
    body: 'child',
    'm.relates_to': { rel_type: 'm.reference', event_id: parent.eventId },
  };
  const child = stored(offer(room, data, event(data, { by: alice, content }, room.world.signer)));
  const children = (number: number): number[] =>
    data.relations
      .children(number, { relType: 'm.reference', after: 0, to: 100, newestFirst: true, limit: 10 })
      .map((row) => row.number);
  const known = stored(offer(room, data, parent));
  assert.deepEqual(children(known.number), [child.number]);
});
