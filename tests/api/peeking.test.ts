// Looking into a room without joining it. https://spec.matrix.org/v1.19/client-server-api/#room-previews
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected, JSON.stringify(body));
};
const bodies = (events: unknown): string[] =>
  (events as { content: { body?: string } }[]).flatMap(({ content }) => content.body ?? []);

async function world(setting: string) {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const bob = await Client.register(hearth, 'bob');
  const history = { type: 'm.room.history_visibility', state_key: '', content: { history_visibility: setting } };
  const roomId = await alice.createRoom({ initial_state: [history] });
  const events = `/_matrix/client/v3/events?room_id=${encodeURIComponent(roomId)}`;
  return { hearth, alice, bob, roomId, events, glance: `${roomPath(roomId)}/initialSync` };
}

test('a world readable room is seen at a glance, with tokens that lead on', async () => {
  const { hearth, alice, bob, roomId, glance } = await world('world_readable');
  for (const text of ['a', 'b', 'c']) await alice.send(roomId, text);
  const { body } = await bob.ok('GET', `${glance}?limit=2`);
  assert.deepEqual([body['room_id'], body['membership']], [roomId, undefined]);
  const messages = body['messages'] as { start: string; end: string; chunk: unknown };
  assert.deepEqual(bodies(messages.chunk), ['b', 'c']);
  assert.ok((body['state'] as { type: string }[]).some(({ type }) => type === 'm.room.create'));
  const earlier = await bob.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=1&from=${messages.start}`);
  assert.deepEqual(bodies(earlier.body['chunk']), ['a']);
  await alice.send(roomId, 'd');
  const later = await bob.ok('GET', `${roomPath(roomId)}/messages?dir=f&from=${messages.end}`);
  assert.deepEqual(bodies(later.body['chunk']), ['d']);
  assert.equal((await alice.ok('GET', glance)).body['membership'], 'join');
  assert.deepEqual(hearth.errors, []);
});

test('no other room is', async () => {
  const { bob, glance, events } = await world('shared');
  for (const path of [glance, events, `${events}&from=p1`, `${roomPath('!nowhere:hs1')}/initialSync`])
    refused(await bob.call('GET', path), 403, 'M_FORBIDDEN');
});

test('what happens in a room that is looked into is told when it happens', async () => {
  const { hearth, alice, bob, roomId, events } = await world('world_readable');
  await alice.send(roomId, 'before');
  const none = (await bob.ok('GET', `${events}&timeout=0`)).body;
  assert.deepEqual(none['chunk'], []);
  await alice.send(roomId, 'after');
  const some = (await bob.ok('GET', `${events}&timeout=0&from=${String(none['end'])}`)).body;
  assert.deepEqual([bodies(some['chunk']), some['start']], [['after'], none['end']]);
  const waiting = bob.ok('GET', `${events}&timeout=20000&from=${String(some['end'])}`);
  await hearth.sleep(3000);
  await alice.send(roomId, 'later');
  await hearth.sleep(2000);
  assert.deepEqual(bodies((await waiting).body['chunk']), ['later']);
  const idle = bob.ok('GET', `${events}&timeout=5000`);
  await hearth.sleep(7000);
  assert.deepEqual((await idle).body['chunk'], []);
  assert.deepEqual(hearth.errors, []);
});

test('the stream of a room needs a good token and a good timeout', async () => {
  const { bob, events } = await world('world_readable');
  refused(await bob.call('GET', `${events}&from=x`), 400, 'M_INVALID_PARAM');
  refused(await bob.call('GET', `${events}&timeout=x`), 400, 'M_INVALID_PARAM');
});
