// A group that is new to a long room begins in the middle of its log, and its users see what all others do.
// https://spec.matrix.org/v1.19/client-server-api/#syncing
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hearth } from '../api/hearth.ts';
import { Client, roomPath } from '../black-box/client.ts';

test('who comes into a long room as the first of their group is told of it, its members and what is new', async () => {
  const hearth = new Hearth({ groupSize: 1 });
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  for (let n = 0; n < 300; n++) await alice.send(roomId, `m${n}`);
  const { next_batch: since } = await bob.sync();
  await bob.join(roomId);
  await alice.send(roomId, 'hello bob');
  await hearth.settle();
  const rows = hearth.connection.own('SELECT owner, COUNT(*) AS n FROM users_room_entries GROUP BY owner').all();
  assert.ok(rows.some(({ n }) => Number(n) > 300) && rows.some(({ n }) => Number(n) < 10), JSON.stringify(rows));
  const first = await bob.sync({ since });
  const told = first.rooms?.join?.[roomId];
  assert.equal(told?.timeline?.limited, true);
  assert.equal(told?.timeline?.events.at(-1)?.content['body'], 'hello bob');
  assert.deepEqual(first.device_lists?.changed, [alice.userId]);
  assert.deepEqual((told as { unread_notifications?: object } | undefined)?.unread_notifications, {
    notification_count: 1,
    highlight_count: 0,
  });
  await alice.send(roomId, 'next');
  await hearth.settle();
  const then = (await bob.sync({ since: first.next_batch })).rooms?.join?.[roomId]?.timeline;
  assert.deepEqual([then?.limited, then?.events.map(({ content }) => content['body'])], [false, ['next']]);
  const invited = await Client.register(hearth, 'carol');
  await alice.invite(roomId, invited.userId);
  await hearth.settle();
  assert.ok((await invited.sync()).rooms?.invite?.[roomId]);
  await bob.ok('POST', `${roomPath(roomId)}/leave`, {});
  await hearth.settle();
  assert.ok((await bob.sync({ since: first.next_batch })).rooms?.leave?.[roomId]);
});
