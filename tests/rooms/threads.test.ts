// Which thread an event belongs to. https://spec.matrix.org/v1.19/client-server-api/#threaded-read-receipts
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/spec/json.ts';
import { threadOf } from '../../src/rooms/relations/thread.ts';
import { RoomData } from '../../src/rooms/room-data.ts';
import { alice, aRoom, type TestRoom } from './world.ts';

function thread(room: TestRoom, id: string): string {
  const data = new RoomData(room.world.env(room.id));
  const event = data.byId(id);
  assert.ok(event !== undefined);
  return threadOf(data, event.pdu);
}

const to = (room: TestRoom, relType: string, parent: string): Promise<string> =>
  room.relate(alice, relType, parent, { body: relType });

test('an event is in the thread that it names, or that its parent is in, within three hops', async () => {
  const room = await aRoom();
  const root = await room.send(alice, 'root');
  const reply = await to(room, 'm.thread', root);
  const edit = await to(room, 'm.replace', reply);
  const reference = await to(room, 'm.reference', edit);
  const far = await to(room, 'm.reference', reference);
  assert.deepEqual(
    [root, reply, edit, reference, far].map((id) => thread(room, id)),
    ['main', root, root, root, 'main'],
  );
});

test('what relates to the root by no thread, and what relates to nothing or to nonsense, is in the main timeline', async () => {
  const room = await aRoom();
  const root = await room.send(alice, 'root');
  await to(room, 'm.thread', root);
  const relations: JsonObject[] = [
    { rel_type: 'm.annotation', event_id: root, key: 'x' },
    { rel_type: 'm.thread', event_id: '$unknown' },
    { rel_type: 'm.thread', event_id: 5 },
    { rel_type: 5, event_id: root },
    { rel_type: 'x'.repeat(300), event_id: root },
    { 'm.in_reply_to': { event_id: root } },
  ];
  for (const relatesTo of relations) {
    assert.equal(thread(room, await room.sendContent(alice, { 'm.relates_to': relatesTo })), 'main');
  }
  assert.equal(thread(room, await room.sendContent(alice, { 'm.relates_to': 'x' })), 'main');
});

test('only an event that relates to another has a row for it, and no longer when it is redacted', async () => {
  const room = await aRoom();
  const rows = (): unknown => room.world.sql.first('SELECT count(*) AS n FROM room_relations')?.['n'];
  const root = await room.send(alice, 'root');
  assert.equal(rows(), 0);
  const known = await to(room, 'm.thread', root);
  const unknown = await to(room, 'm.reference', '$unknown');
  assert.equal(rows(), 2);
  for (const id of [known, unknown])
    await room.room.writing.redact(alice, id, {}, { scope: 'redact', id: `redact ${id}` });
  assert.equal(rows(), 0);
});
