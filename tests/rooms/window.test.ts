// What a /sync is given of a room. https://spec.matrix.org/v1.19/client-server-api/#syncing
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isObject, type JsonObject } from '../../src/spec/json.ts';
import { refusal } from './refusal.ts';
import { alice, aRoom, bob, charlie, said } from './world.ts';

function keys(events: readonly JsonObject[]): string[] {
  return events.map((event) => `${String(event['type'])}/${String(event['state_key'])}`);
}

const FILTER = { timeline: {}, state: {}, eventFields: undefined, eventFormat: 'client' } as const;

test('a room that fits its timeline has no state before it', async () => {
  const room = await aRoom();
  const window = await room.window(alice, { limit: 50 });
  assert.deepEqual(window.stateEvents, []);
  assert.equal(window.limited, false);
  assert.equal(window.prevBatch, 0);
  assert.deepEqual(keys(window.events).slice(0, 2), ['m.room.create/', `m.room.member/${alice.userId}`]);
  for (const event of window.events) assert.equal(event['room_id'], undefined);
});

test('positions of another epoch than the room is in are not taken for its own', async () => {
  const room = await aRoom();
  await assert.rejects(room.window(alice, { epoch: 2 }), /another one/);
  await assert.rejects(room.window(alice, { epoch: 0 }), /another one/);
});

test('a limited timeline has the state at its start, and a token from just before it', async () => {
  const room = await aRoom();
  await room.state(alice, 'm.room.topic', '', { topic: 'one' });
  await room.send(alice, 'a');
  await room.state(alice, 'm.room.topic', '', { topic: 'two' });
  await room.send(alice, 'b');
  const window = await room.window(alice, { limit: 2 });
  assert.deepEqual(window.events.map(said), ['m.room.topic', 'b']);
  assert.equal(window.limited, true);
  const topic = window.stateEvents.find((event) => event['type'] === 'm.room.topic');
  assert.deepEqual(topic?.['content'], { topic: 'one' });
  const page = await room.page(alice, { from: window.prevBatch, limit: 1 });
  assert.deepEqual(page.chunk.map(said), ['a']);
});

test('the timeline is limited only if there is more than it shows', async () => {
  const room = await aRoom();
  const after = room.pos;
  for (const body of ['a', 'b', 'c']) await room.send(alice, body);
  assert.equal((await room.window(alice, { after, limit: 3 })).limited, false);
  assert.equal((await room.window(alice, { after, limit: 2 })).limited, true);
});

test('what may be seen before a hidden stretch, however long that is, makes the timeline limited', async () => {
  for (const hidden of [20, 150]) {
    const room = await aRoom('12', { visibility: 'joined' });
    await room.member(bob, 'join');
    await room.member(bob, 'leave');
    for (let number = 0; number < hidden; number++) await room.send(alice, 'hidden');
    await room.member(bob, 'join');
    const window = await room.window(bob);
    assert.deepEqual(keys(window.events), [`m.room.member/${bob.userId}`]);
    assert.equal(window.limited, true);
  }
});

test('without a gap there is no state, with one there is what changed in it', async () => {
  const room = await aRoom();
  const after = room.pos;
  await room.state(alice, 'm.room.topic', '', { topic: 'x' });
  await room.send(alice, 'a');
  assert.deepEqual((await room.window(alice, { after })).stateEvents, []);
  assert.deepEqual(keys((await room.window(alice, { after, limit: 1 })).stateEvents), ['m.room.topic/']);
});

test('state_after is the difference up to the end of the timeline', async () => {
  const room = await aRoom();
  const after = room.pos;
  await room.state(alice, 'm.room.topic', '', { topic: 'x' });
  const window = await room.window(alice, { after, stateAt: 'end' });
  assert.deepEqual(keys(window.events), ['m.room.topic/']);
  assert.deepEqual(keys(window.stateEvents), ['m.room.topic/']);
});

test('state that goes there and back in a gap is told once, as it is', async () => {
  const room = await aRoom();
  await room.state(alice, 'm.room.topic', '', { topic: 'one' });
  const after = room.pos;
  await room.state(alice, 'm.room.topic', '', { topic: 'two' });
  await room.state(alice, 'm.room.topic', '', { topic: 'three' });
  await room.send(alice, 'a');
  const window = await room.window(alice, { after, limit: 1 });
  assert.deepEqual(
    window.stateEvents.map((event) => event['content']),
    [{ topic: 'three' }],
  );
});

test('full_state gives all of it', async () => {
  const room = await aRoom();
  const after = room.pos;
  await room.send(alice, 'a');
  const window = await room.window(alice, { after, fullState: true });
  assert.deepEqual(window.events.map(said), ['a']);
  assert.ok(keys(window.stateEvents).includes('m.room.create/'));
});

test('who just joined is told the whole state even with a token from before', async () => {
  const room = await aRoom();
  const after = room.pos;
  await room.member(bob, 'join');
  const window = await room.window(bob, { after, limit: 1 });
  assert.deepEqual(keys(window.events), [`m.room.member/${bob.userId}`]);
  assert.ok(keys(window.stateEvents).includes('m.room.create/'));
  assert.equal(window.limited, true);
});

test('the window of a user who left ends with the leave', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  const after = room.pos;
  await room.send(alice, 'before');
  await room.member(alice, 'kick', bob);
  await room.send(alice, 'after');
  await room.state(alice, 'm.room.topic', '', { topic: 'after' });
  const window = await room.window(bob, { after, membership: 'leave' });
  assert.deepEqual(window.events.map(said), ['before', 'm.room.member']);
  for (const stateAt of ['start', 'end'] as const) {
    const all = await room.window(bob, { membership: 'leave', stateAt, limit: 50 });
    assert.ok(!(all.timeline + all.state).includes('after'));
    assert.equal(said(all.events.at(-1) ?? {}), 'm.room.member');
  }
});

test('who left and was banned later is told of the ban and of nothing in between', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  const after = room.pos;
  await room.member(bob, 'leave');
  await room.state(alice, 'm.room.topic', '', { topic: 'between' });
  await room.member(alice, 'ban', bob);
  for (const since of [after, undefined]) {
    for (const stateAt of ['start', 'end'] as const) {
      const window = await room.window(bob, { after: since, membership: 'ban', stateAt, limit: 50 });
      assert.equal(JSON.stringify(window.events.at(-1)?.['content']).includes('ban'), true);
      assert.ok(!(window.timeline + window.state).includes('between'));
    }
  }
});

test('who asks as a member but is none is shown no more than the way out', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  await room.member(bob, 'leave');
  await room.send(alice, 'after');
  const window = await room.window(bob, { membership: 'join', limit: 50 });
  assert.ok(!window.timeline.includes('after'));
  assert.equal(window.summary, undefined);
  await assert.rejects(room.window(charlie), refusal(403, 'M_FORBIDDEN'));
});

test('a rejected invite shows the leave and nothing of the room', async () => {
  const room = await aRoom('12', { joinRule: 'invite' });
  await room.send(alice, 'secret');
  await room.member(alice, 'invite', bob);
  await room.member(bob, 'leave');
  const window = await room.window(bob, { membership: 'leave', limit: 50 });
  assert.deepEqual(keys(window.events), [`m.room.member/${bob.userId}`]);
  assert.deepEqual(window.stateEvents, []);
});

test('lazy loading tells the members who speak, the reader, and no others', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  for (let number = 0; number < 8; number++) await room.member(room.world.addUser(`user${number}`, 1), 'join');
  await room.member(charlie, 'join');
  await room.send(bob, 'a');
  const filter = { ...FILTER, timeline: { limit: 1 }, state: { lazy_load_members: true } };
  const window = await room.window(charlie, { filter });
  const members = keys(window.stateEvents).filter((key) => key.startsWith('m.room.member/'));
  const summary: unknown = JSON.parse(window.summary ?? '{}');
  const heroes = isObject(summary) && Array.isArray(summary['m.heroes']) ? summary['m.heroes'] : [];
  const expected = new Set([bob.userId, charlie.userId, ...heroes].map((userId) => `m.room.member/${userId}`));
  assert.deepEqual(new Set(members), expected);
  assert.equal(members.length, expected.size);
  assert.ok(window.membersTold.includes(bob.userId));

  const after = room.pos;
  await room.send(alice, 'b');
  const next = await room.window(charlie, { after, filter });
  assert.deepEqual(keys(next.stateEvents), [`m.room.member/${alice.userId}`]);
  assert.deepEqual((await room.window(charlie, { after, filter, knownMembers: [alice.userId] })).stateEvents, []);
  const redundant = { ...filter, state: { lazy_load_members: true, include_redundant_members: true } };
  assert.equal((await room.window(charlie, { after, filter: redundant, knownMembers: [alice.userId] })).stateCount, 1);
});

test('in a gap lazy loading tells every membership that changed', async () => {
  const room = await aRoom();
  const after = room.pos;
  await room.member(bob, 'join');
  await room.send(alice, 'a');
  const filter = { ...FILTER, timeline: { limit: 1 }, state: { lazy_load_members: true } };
  const window = await room.window(alice, { after, filter, knownMembers: [alice.userId] });
  assert.ok(keys(window.stateEvents).includes(`m.room.member/${bob.userId}`));
});

test('the summary counts the members and names others, and comes again when they change', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  await room.member(alice, 'invite', charlie);
  const window = await room.window(alice);
  const summary = (heroes: readonly string[], joined: number): JsonObject => ({
    'm.heroes': heroes,
    'm.joined_member_count': joined,
    'm.invited_member_count': 1,
  });
  assert.deepEqual(JSON.parse(window.summary ?? ''), summary([bob.userId, charlie.userId], 2));
  const after = room.pos;
  await room.send(alice, 'x');
  assert.equal((await room.window(alice, { after })).summary, undefined);
  await room.member(bob, 'leave');
  assert.deepEqual(JSON.parse((await room.window(alice, { after })).summary ?? ''), summary([charlie.userId], 1));
});

test('filters choose the timeline, and state that they keep out of it is not lost', async () => {
  const room = await aRoom();
  const after = room.pos;
  await room.send(alice, 'a');
  await room.state(alice, 'm.room.topic', '', { topic: 'x' });
  await room.send(alice, 'b');
  const filter = { ...FILTER, timeline: { types: ['m.room.mess*'] } };
  const window = await room.window(alice, { after, filter });
  assert.deepEqual(window.events.map(said), ['a', 'b']);
  assert.deepEqual(keys(window.stateEvents), ['m.room.topic/']);
  assert.equal(window.limited, false);
  const not = await room.window(alice, { after, filter: { ...FILTER, timeline: { not_senders: [alice.userId] } } });
  assert.deepEqual(not.events, []);
});

test('event_fields picks members, event_format gives the PDU', async () => {
  const room = await aRoom();
  const after = room.pos;
  await room.send(alice, 'a');
  const picked = await room.window(alice, {
    after,
    filter: { ...FILTER, eventFields: ['content.body', 'sender', 'no.such'] },
  });
  assert.deepEqual(picked.events, [{ content: { body: 'a' }, sender: alice.userId }]);
  const federation = await room.window(alice, { after, filter: { ...FILTER, eventFormat: 'federation' } });
  assert.ok(Array.isArray(federation.events[0]?.['prev_events']));
});

test('what ignored users say is left out, their state is not', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  const after = room.pos;
  await room.send(bob, 'noise');
  await room.room.writing.profileChanged(bob.userId, { displayName: 'Noise', avatarUrl: undefined });
  const viewer = { userId: alice.userId, deviceId: alice.deviceId, ignored: [bob.userId] };
  const window = await room.window(alice, { after, viewer });
  assert.deepEqual(keys(window.events), [`m.room.member/${bob.userId}`]);
});

test('a window shared by two readers is the same, but for the sender of what is in it', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  await room.member(charlie, 'join');
  const after = room.pos;
  await room.send(alice, 'a');
  const hers = await room.window(alice, { after });
  const his = await room.window(bob, { after });
  const theirs = await room.window(charlie, { after });
  assert.equal(his.timeline, theirs.timeline);
  assert.ok(hers.timeline.includes('transaction_id'));
  assert.ok(!his.timeline.includes('transaction_id'));
});

test('a redaction reaches a window that was made before it', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  const after = room.pos;
  const id = await room.send(alice, 'secret');
  const to = room.pos;
  assert.ok((await room.window(bob, { after, to })).timeline.includes('secret'));
  await room.room.writing.redact(alice, id, {}, { scope: 'r', id: '1' });
  assert.ok(!(await room.window(bob, { after, to })).timeline.includes('secret'));
});
