// What one user may be given by others is bounded. https://spec.matrix.org/v1.19/client-server-api/#room-membership
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

test('a user with a thousand unanswered invites gets no more until some are answered', async () => {
  const hearth = new Hearth();
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const rooms: string[] = [];
  for (let n = 0; n < 1000; n++) rooms.push(await alice.createRoom({ invite: [bob.userId] }));
  const one = await alice.createRoom();
  const { status, body } = await alice.call('POST', `${roomPath(one)}/invite`, { user_id: bob.userId });
  assert.deepEqual([status, body.errcode], [403, 'M_INVITE_BLOCKED']);
  await bob.ok('POST', `${roomPath(rooms[0]!)}/leave`, {});
  await alice.invite(one, bob.userId);
});
