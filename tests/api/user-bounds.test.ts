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

test('a user makes as many rooms as the operator lets them, those that were refused not counted', async () => {
  const alice = await Client.register(new Hearth({ roomsPerUser: 3 }), 'alice');
  const create = async (request: object) => {
    const { status, body } = await alice.call('POST', '/_matrix/client/v3/createRoom', request);
    return [status, body.errcode];
  };
  for (let n = 0; n < 5; n++)
    assert.deepEqual(await create({ power_level_content_override: { ban: null } }), [400, 'M_BAD_JSON']);
  for (let n = 0; n < 5; n++)
    assert.deepEqual(await create({ invite: ['@nobody:hs1'] }), [404, 'M_NOT_FOUND'], 'refused by the room');
  for (let n = 0; n < 3; n++) assert.deepEqual(await create({}), [200, undefined]);
  assert.deepEqual(await create({ room_alias_name: 'one' }), [403, 'M_FORBIDDEN']);
  // Nothing is kept for what was refused.
  assert.equal((await alice.call('GET', '/_matrix/client/v3/directory/room/%23one%3Ahs1')).status, 404);
});

test('a user has as many aliases as the operator lets them; one that is removed makes room', async () => {
  const alice = await Client.register(new Hearth({ aliasesPerUser: 2 }), 'alice');
  const path = (name: string) => `/_matrix/client/v3/directory/room/${encodeURIComponent(`#${name}:hs1`)}`;
  const roomId = await alice.createRoom({ room_alias_name: 'a' });
  const name = async (alias: string) => (await alice.call('PUT', path(alias), { room_id: roomId })).body.errcode;
  assert.equal(await name('b'), undefined);
  assert.equal(await name('c'), 'M_FORBIDDEN');
  const refused = await alice.call('POST', '/_matrix/client/v3/createRoom', { room_alias_name: 'c' });
  assert.equal(refused.body.errcode, 'M_FORBIDDEN');
  await alice.ok('DELETE', path('b'));
  assert.equal(await name('c'), undefined);
});

test('of very many polls of one user the oldest are answered early, with what there is', async () => {
  const hearth = new Hearth();
  const [alice, bob] = [await Client.register(hearth, 'alice'), await Client.register(hearth, 'bob')];
  const since = (await alice.sync()).next_batch;
  const done: number[] = [];
  const poll = (n: number) =>
    alice.sync({ since, timeout: '30000' }).then((answer) => {
      done.push(n);
      return answer;
    });
  const other = bob.sync({ since: (await bob.sync()).next_batch, timeout: '30000' }).then(() => done.push(-1));
  const polls = Array.from({ length: 503 }, (_, n) => poll(n));
  await hearth.settle();
  assert.deepEqual(done, [0, 1, 2]);
  assert.equal((await polls[0]!).next_batch, since);
  await hearth.sleep(30_000);
  await Promise.all([...polls, other]);
  await hearth.settle();
  assert.equal(done.length, 504);
  assert.equal(hearth.bell.listeners, 0);
});
