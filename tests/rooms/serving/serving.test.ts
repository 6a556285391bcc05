// What another server may read of a room. https://spec.matrix.org/v1.19/server-server-api/#retrieving-events
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/spec/json.ts';
import { refusal } from '../refusal.ts';
import { alice, aRoom, said, type RoomOptions, type TestRoom } from '../world.ts';
import { Elsewhere } from './elsewhere.ts';

const FORBIDDEN = refusal(403, 'M_FORBIDDEN');
const MISSING = refusal(404, 'M_NOT_FOUND');
const EVIL = 'evil.test';

const read = (pdus: readonly string[]): JsonObject[] => pdus.map((text): JsonObject => JSON.parse(text));
const words = (pdus: readonly string[]): string[] => read(pdus).map(said);

async function withEve(options: RoomOptions = {}): Promise<{ room: TestRoom; eve: Elsewhere }> {
  const room = await aRoom('11', options);
  const eve = new Elsewhere(room);
  return { room, eve };
}

test('a server that never was in the room is told nothing, even if everybody may read it', async () => {
  for (const visibility of ['shared', 'world_readable']) {
    const { room } = await withEve({ visibility });
    const id = await room.send(alice, 'hello');
    const { serving } = room.room;
    await assert.rejects(serving.event(EVIL, id), MISSING);
    await assert.rejects(serving.stateIds(EVIL, id), FORBIDDEN);
    await assert.rejects(serving.authChainIds(EVIL, id), FORBIDDEN);
    await assert.rejects(serving.backfill(EVIL, [id], 10), FORBIDDEN);
    const gap = { latest: [id], earliest: [], minDepth: 0, limit: 10 };
    await assert.rejects(serving.missingEvents(EVIL, gap), FORBIDDEN);
    await assert.rejects(serving.events(EVIL, [id]), FORBIDDEN);
  }
});

test('a room that has not begun looks like one that the server is not in', async () => {
  const { room } = await withEve();
  const { serving } = room.world.room('!none:hearth.test');
  await assert.rejects(serving.event(EVIL, '$none'), MISSING);
  await assert.rejects(serving.stateIds(EVIL, '$none'), FORBIDDEN);
});

test('a server that is in the room reads what was said since, and before it came if the history is shared', async () => {
  const { room, eve } = await withEve();
  const before = await room.send(alice, 'before');
  eve.member('join');
  const after = await room.send(alice, 'after');
  assert.equal(said(JSON.parse(await room.room.serving.event(EVIL, before))), 'before');
  assert.equal(said(JSON.parse(await room.room.serving.event(EVIL, after))), 'after');
});

for (const visibility of ['joined', 'invited'])
  test(`history that only who was there may read (${visibility}) is hidden from a server that came later`, async () => {
    const { room, eve } = await withEve({ visibility });
    const before = await room.send(alice, 'before');
    const topic = await room.state(alice, 'm.room.topic', '', { topic: 'old' });
    await room.state(alice, 'm.room.topic', '', { topic: 'new' });
    eve.member('join');
    const after = await room.send(alice, 'after');
    const { serving } = room.room;
    await assert.rejects(serving.event(EVIL, before), MISSING);
    await assert.rejects(serving.event(EVIL, topic), MISSING);
    await assert.rejects(serving.stateIds(EVIL, before), FORBIDDEN);
    assert.equal(said(JSON.parse(await serving.event(EVIL, after))), 'after');
    const history = read(await serving.backfill(EVIL, [after], 50));
    assert.deepEqual(
      history.filter((event) => event['type'] === 'm.room.message').map((event) => event['content']),
      [{ msgtype: 'm.text', body: 'after' }, {}],
    );
    const topics = history.filter((event) => event['type'] === 'm.room.topic').map((event) => event['content']);
    assert.deepEqual(topics, [{ topic: 'new' }, {}], 'the topic of now is told with the state');
    const gap = { latest: [after], earliest: [], minDepth: 0, limit: 50 };
    const missing = read(await serving.missingEvents(EVIL, gap));
    assert.ok(!JSON.stringify(missing).includes('"before"'));
  });

test('the events of a join and of a leave are seen by the server whose user they are of', async () => {
  const { room, eve } = await withEve({ visibility: 'joined' });
  const join = eve.member('join');
  const leave = eve.member('leave');
  await room.room.serving.event(EVIL, join.pdu.eventId);
  await room.room.serving.event(EVIL, leave.pdu.eventId);
});

for (const end of ['leave', 'ban'] as const)
  test(`a server whose last user is gone (${end}) reads what there was until then and nothing later`, async () => {
    const { room, eve } = await withEve();
    eve.member('join');
    const before = await room.send(alice, 'before');
    if (end === 'leave') eve.member('leave');
    else await room.room.writing.changeMembership(alice, { target: eve.userId, operation: 'ban', membership: 'ban' });
    const after = await room.send(alice, 'after');
    const { serving } = room.room;
    assert.equal(said(JSON.parse(await serving.event(EVIL, before))), 'before');
    await assert.rejects(serving.event(EVIL, after), MISSING);
    await assert.rejects(serving.stateIds(EVIL, after), FORBIDDEN);
    assert.deepEqual(await serving.backfill(EVIL, [after], 1), []);
    assert.ok(!words(await serving.backfill(EVIL, [after], 50)).includes('after'));
    const end_ = await room.send(alice, 'the end');
    const gap = { latest: [end_], earliest: [], minDepth: 0, limit: 2 };
    assert.deepEqual(
      words(await serving.missingEvents(EVIL, gap)).filter((word) => word === 'after'),
      [],
    );
  });

test('the state before an event is what counted then, with all that authorises it', async () => {
  const { room, eve } = await withEve();
  const old = await room.state(alice, 'm.room.topic', '', { topic: 'old' });
  eve.member('join');
  const message = await room.send(alice, 'hello');
  const topic = await room.state(alice, 'm.room.topic', '', { topic: 'new' });
  const { serving } = room.room;
  const at = await serving.stateIds(EVIL, message);
  assert.ok(at.stateIds.includes(old) && !at.stateIds.includes(topic));
  const before = await serving.stateIds(EVIL, topic);
  assert.ok(before.stateIds.includes(old) && !before.stateIds.includes(topic), 'not the state after it');
  const events = read((await serving.events(EVIL, [...at.stateIds, ...at.authChainIds])).pdus);
  const named = new Set(events.flatMap((event) => event['auth_events'] as string[]));
  for (const id of named) assert.ok(at.authChainIds.includes(id), 'the chain is whole');
});

test('an auth chain holds everything that authorises an event, and not the event', async () => {
  const { room, eve } = await withEve();
  eve.member('join');
  const message = await room.send(alice, 'hello');
  const chain = await room.room.serving.authChainIds(EVIL, message);
  const types = read((await room.room.serving.events(EVIL, chain)).pdus).map((event) => event['type']);
  assert.deepEqual(types.toSorted(), ['m.room.create', 'm.room.member', 'm.room.power_levels']);
});

test('backfill begins with the events named, goes back to the beginning, and ends at its limit', async () => {
  const { room, eve } = await withEve();
  eve.member('join');
  const first = await room.send(alice, 'one');
  await room.send(alice, 'two');
  const last = await room.send(alice, 'three');
  const { serving } = room.room;
  assert.deepEqual(words(await serving.backfill(EVIL, [last], 3)), ['three', 'two', 'one']);
  const all = await serving.backfill(EVIL, [first], 100);
  assert.equal(words(all).at(-1), 'm.room.create');
  assert.deepEqual(await serving.backfill(EVIL, ['$unknown'], 10), []);
});

test('missing events are those between, the earliest first, within the limit and the depth', async () => {
  const { room, eve } = await withEve();
  eve.member('join');
  const ids: string[] = [];
  for (const body of ['one', 'two', 'three', 'four', 'five']) ids.push(await room.send(alice, body));
  const { serving } = room.room;
  const gap = { latest: [ids[4]!], earliest: [ids[0]!], minDepth: 0, limit: 10 };
  assert.deepEqual(words(await serving.missingEvents(EVIL, gap)), ['two', 'three', 'four']);
  assert.deepEqual(words(await serving.missingEvents(EVIL, { ...gap, limit: 2 })), ['three', 'four']);
  const depth = eve.data.byId(ids[2]!)!.pdu.depth;
  assert.deepEqual(words(await serving.missingEvents(EVIL, { ...gap, minDepth: depth })), ['three', 'four']);
});

test('a rejected event is served nowhere, what came before it is', async () => {
  const { room, eve } = await withEve();
  eve.member('join');
  const before = eve.message('before');
  const rejected = eve.say({ type: 'm.room.topic', stateKey: '', content: { topic: 'mine' } });
  assert.equal(rejected.verdict, 'rejected');
  const { eventId } = rejected.pdu;
  const { serving } = room.room;
  await assert.rejects(serving.event(EVIL, eventId), MISSING);
  await assert.rejects(serving.stateIds(EVIL, eventId), MISSING);
  const after = eve.say({ type: 'm.room.message', content: { msgtype: 'm.text', body: 'after' } }, [eventId]);
  const history = words(await serving.backfill(EVIL, [after.pdu.eventId], 2));
  assert.deepEqual(history, ['after', 'before']);
  assert.equal(before.verdict, 'accepted');
});

test('a soft-failed event is served to a server in the room that asks for it by its id', async () => {
  const { room, eve } = await withEve();
  eve.member('join');
  const past = eve.data.head.extremities.flatMap((number) => eve.data.byNumber(number)?.pdu.eventId ?? []);
  await room.room.writing.changeMembership(alice, { target: eve.userId, operation: 'kick', membership: 'leave' });
  const late = eve.say({ type: 'm.room.message', content: { body: 'late' } }, past);
  assert.equal(late.verdict, 'soft-failed');
  const { serving } = room.room;
  await assert.rejects(serving.event(EVIL, late.pdu.eventId), MISSING);
  eve.member('join');
  assert.equal(said(JSON.parse(await room.room.serving.event(EVIL, late.pdu.eventId))), 'late');
});

test('an event that was redacted is served as the redaction left it', async () => {
  const { room, eve } = await withEve();
  eve.member('join');
  const secret = await room.send(alice, 'secret');
  await room.room.writing.redact(alice, secret, {}, { scope: 'PUT redact', id: 'r1' });
  const { serving } = room.room;
  assert.ok(!(await serving.event(EVIL, secret)).includes('secret'));
  assert.ok(!(await serving.backfill(EVIL, [secret], 1)).join().includes('secret'));
});

test('a server that is kept out reads nothing of the room', async () => {
  const { room, eve } = await withEve();
  eve.member('join');
  const id = await room.send(alice, 'hello');
  await room.state(alice, 'm.room.server_acl', '', { allow: ['*'], deny: [EVIL] });
  const { serving } = room.room;
  await assert.rejects(serving.stateIds(EVIL, id), FORBIDDEN);
  await assert.rejects(serving.authChainIds(EVIL, id), FORBIDDEN);
  await assert.rejects(serving.backfill(EVIL, [id], 1), FORBIDDEN);
  const gap = { latest: [id], earliest: [], minDepth: 0, limit: 10 };
  await assert.rejects(serving.missingEvents(EVIL, gap), FORBIDDEN);
});
