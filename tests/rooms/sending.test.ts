// Creating a room, sending into it and reading it back, in the room versions that clients make rooms of today.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isObject, member, type JsonObject } from '../../src/spec/json.ts';
import { refusal } from './refusal.ts';
import { alice, aRoom, bob, charlie, said, TestRoom, World } from './world.ts';

for (const version of ['10', '11', '12']) {
  test(`v${version}: what Alice sends, Bob reads`, async () => {
    const room = await aRoom(version);
    await room.member(bob, 'join');
    const id = await room.send(alice, 'hello');
    const event = await room.room.reading.event(bob, id);
    assert.equal(said(event), 'hello');
    assert.equal(event['room_id'], room.id);
    const window = await room.window(bob);
    assert.equal(said(window.events.at(-1) ?? {}), 'hello');
    const page = await room.page(bob, { limit: 1 });
    assert.deepEqual(page.chunk.map(said), ['hello']);
  });

  test(`v${version}: federation's members of an event are not shown`, async () => {
    const room = await aRoom(version);
    const event = await room.room.reading.event(alice, await room.send(alice, 'x'));
    for (const name of ['auth_events', 'prev_events', 'hashes', 'signatures', 'depth', 'origin'])
      assert.equal(event[name], undefined);
  });

  test(`v${version}: a redacted message is empty everywhere, and says why`, async () => {
    const room = await aRoom(version);
    const id = await room.send(alice, 'secret');
    await room.window(alice);
    const { eventId } = await room.room.writing.redact(alice, id, { reason: 'oops' }, { scope: 'redact', id: 'r' });
    const event = await room.room.reading.event(alice, id);
    assert.deepEqual(event['content'], {});
    const unsigned = event['unsigned'];
    const because = isObject(unsigned) ? unsigned['redacted_because'] : undefined;
    assert.equal(isObject(because) ? because['event_id'] : undefined, eventId);
    assert.equal(isObject(because) ? because['redacts'] : undefined, id);
    assert.ok(!(await room.window(alice)).timeline.includes('secret'));
    room.world.restart();
    assert.ok(!JSON.stringify(await room.room.reading.event(alice, id)).includes('secret'));
    const redaction = await room.room.reading.event(alice, eventId);
    assert.equal(redaction['redacts'], id);
    assert.equal(isObject(redaction['content']) ? redaction['content']['redacts'] : undefined, id);
  });

  test(`v${version}: Bob may redact his own message but not one of Alice's`, async () => {
    const room = await aRoom(version);
    await room.member(bob, 'join');
    const hers = await room.send(alice, 'hers');
    const his = await room.send(bob, 'his');
    await assert.rejects(
      room.room.writing.redact(bob, hers, {}, { scope: 'redact', id: '1' }),
      refusal(403, 'M_FORBIDDEN'),
    );
    await room.room.writing.redact(bob, his, {}, { scope: 'redact', id: '2' });
    assert.deepEqual((await room.room.reading.event(alice, his))['content'], {});
    assert.equal(said(await room.room.reading.event(alice, hers)), 'hers');
  });

  test(`v${version}: a room that cannot be finished is not there`, async () => {
    const world = new World();
    const { roomId, pdu } = await world.home.draftCreateEvent({
      sender: alice.userId,
      roomVersion: version,
      content: {},
    });
    const steps = [
      { kind: 'state', type: 'm.room.name', stateKey: '', content: { name: 'x' } },
      { kind: 'state', type: 'm.room.member', stateKey: bob.userId, content: { membership: 'join' } },
    ] as const;
    await assert.rejects(world.room(roomId).writing.create(alice, pdu, steps), refusal(400, 'M_INVALID_ROOM_STATE'));
    const room = new TestRoom(world, roomId);
    await assert.rejects(room.room.reading.state(alice), refusal(403, 'M_FORBIDDEN'));
    world.restart();
    await assert.rejects(room.send(alice, 'x'), refusal(403, 'M_FORBIDDEN'));
    assert.equal(world.sql.first('SELECT count(*) AS n FROM room_events')?.['n'], 0);
    await world.room(roomId).writing.create(alice, pdu, []);
  });
}

test('a repeated transaction gives the same event, also after a restart', async () => {
  const room = await aRoom();
  const send = (deviceId: string, scope: string, id: string): Promise<{ eventId: string }> =>
    room.room.writing.send(
      { ...alice, deviceId },
      { type: 'm.room.message', content: { msgtype: 'm.text', body: 'x' } },
      { scope, id },
    );
  const first = await send('A', 's', '1');
  assert.deepEqual(await send('A', 's', '1'), first);
  room.world.restart();
  assert.deepEqual(await send('A', 's', '1'), first);
  const others = [await send('B', 's', '1'), await send('A', 'other', '1'), await send('A', 's', '2')];
  assert.equal(new Set([first, ...others].map(({ eventId }) => eventId)).size, 4);
});

test('the transaction id is told to the device that sent it and to nobody else', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  await room.send(alice, 'x');
  const transactionId = async (by: typeof alice): Promise<unknown> => {
    const unsigned = (await room.window(by)).events.at(-1)?.['unsigned'];
    return isObject(unsigned) ? unsigned['transaction_id'] : undefined;
  };
  assert.equal(await transactionId(alice), 't1');
  assert.equal(await transactionId({ ...alice, deviceId: 'OTHER' }), undefined);
  assert.equal(await transactionId(bob), undefined);
});

test('state that says the same again makes no event', async () => {
  const room = await aRoom();
  const first = await room.state(alice, 'm.room.name', '', { name: 'Hearth' });
  assert.equal(await room.state(alice, 'm.room.name', '', { name: 'Hearth' }), first);
  assert.notEqual(await room.state(alice, 'm.room.name', '', { name: 'Home' }), first);
});

test('the same state from somebody else is said by somebody else', async () => {
  const room = await aRoom('11');
  await room.member(bob, 'join');
  const first = await room.state(alice, 'm.room.name', '', { name: 'Hearth' });
  await assert.rejects(room.state(bob, 'm.room.name', '', { name: 'Hearth' }), refusal(403, 'M_FORBIDDEN'));
  await room.state(alice, 'm.room.power_levels', '', { users: { [alice.userId]: 100, [bob.userId]: 50 } });
  assert.notEqual(await room.state(bob, 'm.room.name', '', { name: 'Hearth' }), first);
});

test('the first redaction of an event is the one that is shown', async () => {
  const room = await aRoom();
  const id = await room.send(alice, 'x');
  const { eventId } = await room.room.writing.redact(alice, id, { reason: 'first' }, { scope: 'r', id: '1' });
  await room.room.writing.redact(alice, id, { reason: 'second' }, { scope: 'r', id: '2' });
  const { unsigned } = await room.room.reading.event(alice, id);
  const because = isObject(unsigned) ? unsigned['redacted_because'] : undefined;
  assert.equal(isObject(because) ? because['event_id'] : undefined, eventId);
});

test('what cannot be an event is refused', async () => {
  const room = await aRoom();
  const send = (type: string, content: JsonObject): Promise<unknown> =>
    room.room.writing.send(alice, { type, content }, undefined);
  await assert.rejects(send('m.room.message', { body: 'x' }), refusal(400, 'M_BAD_JSON'));
  await assert.rejects(send('m.room.message', { msgtype: 'm.text', body: 1 }), refusal(400, 'M_BAD_JSON'));
  await assert.rejects(send('org.x', { x: 1.5 }), refusal(400, 'M_BAD_JSON'));
  await assert.rejects(send('org.x', { x: [{ y: 2 ** 53 }] }), refusal(400, 'M_BAD_JSON'));
  await assert.rejects(send('org.x', { x: '\ud800' }), refusal(400, 'M_BAD_JSON'));
  await assert.rejects(send('org.x', { x: 'x'.repeat(65_536) }), refusal(413, 'M_TOO_LARGE'));
  await assert.rejects(send('x'.repeat(256), {}), refusal(413, 'M_TOO_LARGE'));
  await assert.rejects(room.state(alice, 'm.room.create', '', {}), refusal(400, 'M_BAD_JSON'));
  await assert.rejects(room.state(alice, 'm.room.power_levels', '', { ban: '50' }), refusal(400, 'M_BAD_JSON'));
});

test('who is not in the room can do nothing in it', async () => {
  const room = await aRoom('12', { joinRule: 'invite' });
  const id = await room.send(alice, 'x');
  await assert.rejects(room.send(charlie, 'x'), refusal(403, 'M_FORBIDDEN'));
  await assert.rejects(room.state(charlie, 'm.room.topic', '', { topic: 'x' }), refusal(403, 'M_FORBIDDEN'));
  await assert.rejects(room.room.reading.event(charlie, id), refusal(404, 'M_NOT_FOUND'));
  await assert.rejects(room.room.reading.state(charlie), refusal(403, 'M_FORBIDDEN'));
  await assert.rejects(room.room.reading.stateEvent(charlie, 'm.room.create', ''), refusal(403, 'M_FORBIDDEN'));
  await assert.rejects(room.room.reading.members(charlie, {}), refusal(403, 'M_FORBIDDEN'));
  await assert.rejects(room.room.reading.joinedMembers(charlie), refusal(403, 'M_FORBIDDEN'));
  await assert.rejects(room.room.ephemeral.typing(charlie, 1000), refusal(403, 'M_FORBIDDEN'));
  const receipt = { type: 'm.read', eventId: id, threadId: undefined } as const;
  await assert.rejects(room.room.ephemeral.receipt(charlie, receipt), refusal(403, 'M_FORBIDDEN'));
  await assert.rejects(room.room.writing.redact(charlie, id, {}, { scope: 'r', id: '1' }), refusal(403, 'M_FORBIDDEN'));
  const page = { direction: 'b', from: undefined, to: undefined, limit: 10, filter: {}, ignored: [] } as const;
  await assert.rejects(room.room.reading.messages(charlie, page), refusal(403, 'M_FORBIDDEN'));
});

test('an event of another room is not found', async () => {
  const world = new World();
  const one = await aRoom('12', { world });
  const other = await aRoom('12', { world });
  const id = await one.send(alice, 'x');
  await assert.rejects(other.room.reading.event(alice, id), refusal(404, 'M_NOT_FOUND'));
  await assert.rejects(other.room.writing.redact(alice, id, {}, { scope: 'r', id: '1' }), refusal(404, 'M_NOT_FOUND'));
});

test('a redaction of state leaves the state in place, empty', async () => {
  const room = await aRoom();
  const id = await room.state(alice, 'm.room.topic', '', { topic: 'x' });
  await room.room.writing.redact(alice, id, {}, { scope: 'r', id: '1' });
  const topic = await room.room.reading.stateEvent(alice, 'm.room.topic', '');
  assert.equal(topic['event_id'], id);
  assert.deepEqual(topic['content'], {});
});

test('a redacted join stays a join', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  const event = await room.room.reading.stateEvent(bob, 'm.room.member', bob.userId);
  await room.room.writing.redact(bob, String(event['event_id']), {}, { scope: 'r', id: '1' });
  const now = await room.room.reading.stateEvent(bob, 'm.room.member', bob.userId);
  assert.deepEqual(now['content'], { membership: 'join' });
  await room.send(bob, 'still here');
});

test('a redaction sent as an event does what a redaction does', async () => {
  for (const version of ['10', '11']) {
    const room = await aRoom(version);
    const id = await room.send(alice, 'x');
    await room.room.writing.send(
      alice,
      { type: 'm.room.redaction', content: { redacts: id } },
      { scope: 's', id: 'r' },
    );
    assert.equal(member(await room.room.reading.event(alice, id), 'content') === undefined, false);
    assert.deepEqual((await room.room.reading.event(alice, id))['content'], {});
  }
});

test('a device that was deleted and made again under its id has none of the transactions of the one before', async () => {
  const room = await aRoom();
  const transaction = { scope: 'PUT send', id: 'one' };
  const event = { type: 'com.example.event', content: { n: 1 } };
  const send = async (deviceBorn: number): Promise<string> =>
    (await room.room.writing.send({ ...alice, deviceBorn }, event, transaction)).eventId;
  const [first, again] = [await send(7), await send(7)];
  assert.equal(again, first);
  assert.notEqual(await send(9), first);
});

test('transactions of events from very long ago are forgotten, whatever the clock says, and no others', async () => {
  const room = await aRoom();
  const { sql } = room.world;
  const count = (): unknown => sql.first('SELECT COUNT(*) AS n FROM room_transactions')?.['n'];
  await room.send(alice, 'first');
  room.world.clock.pass(10 * 365 * 86_400_000);
  await room.send(alice, 'second');
  assert.equal(count(), 2);
  // As if there had been very many events since.
  for (const events of [40_000, 60_000]) {
    sql.run('UPDATE room_info SET event_count = ?', events);
    room.world.restart();
    await room.send(alice, String(events));
  }
  const left = sql.all<{ number: number }>('SELECT number FROM room_transactions ORDER BY number');
  assert.deepEqual(
    left.map(({ number }) => number),
    [40_000, 60_000],
  );
});
