// What a stranger may try to find out of a room by what it is refused, and by what it is granted.
// https://spec.matrix.org/v1.19/client-server-api/#room-membership
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const NOWHERE = `!${'A'.repeat(43)}`;

async function people() {
  const hearth = new Hearth({ groupSize: 10 });
  const [alice, bob, charlie, mallory] = await Promise.all(
    ['alice', 'bob', 'charlie', 'mallory'].map((name) => Client.register(hearth, name)),
  );
  assert.ok(alice && bob && charlie && mallory);
  return { hearth, alice, bob, charlie, mallory };
}

const said = ({ status, body }: Answer) => [status, body];

test('a stranger does not learn who is in a room, invited to it or banned from it, nor whether there is one', async () => {
  const { alice, bob, charlie, mallory } = await people();
  await Client.register(alice.server, 'dave');
  const room = await alice.createRoom({ preset: 'private_chat', invite: [bob.userId, charlie.userId] });
  await bob.join(room);
  await alice.ok('POST', `${roomPath(room)}/ban`, { user_id: '@dave:hs1' });
  for (const operation of ['invite', 'kick', 'ban', 'unban']) {
    const answers = await Promise.all(
      [room, NOWHERE].flatMap((roomId) =>
        ['@alice:hs1', '@bob:hs1', '@charlie:hs1', '@dave:hs1', '@nobody:hs1', '@x:elsewhere'].map((user) =>
          mallory.call('POST', `${roomPath(roomId)}/${operation}`, { user_id: user }),
        ),
      ),
    );
    for (const answer of answers) assert.deepEqual(said(answer), said(answers[0]!), operation);
    assert.equal(answers[0]!.status, 403);
  }
  for (const membership of ['invite', 'leave', 'ban', 'join', 'knock']) {
    const answers = await Promise.all(
      [room, NOWHERE].flatMap((roomId) =>
        ['@bob:hs1', '@charlie:hs1', '@dave:hs1', '@nobody:hs1'].map((user) =>
          mallory.call('PUT', `${roomPath(roomId)}/state/m.room.member/${user}`, { membership }),
        ),
      ),
    );
    for (const answer of answers) assert.deepEqual(said(answer), said(answers[0]!), membership);
    assert.equal(answers[0]!.status, 403);
  }
});

test('who has left a room is told no more of who is invited', async () => {
  const { alice, bob, charlie } = await people();
  const room = await alice.createRoom({ preset: 'private_chat', invite: [bob.userId] });
  await bob.join(room);
  await bob.ok('POST', `${roomPath(room)}/leave`, {});
  await alice.ok('POST', `${roomPath(room)}/invite`, { user_id: charlie.userId });
  assert.equal((await bob.call('POST', `${roomPath(room)}/invite`, { user_id: charlie.userId })).status, 403);
});

test('who leaves a room that they have nothing to do with learns nothing of it', async () => {
  const { alice, mallory } = await people();
  const room = await alice.createRoom({ preset: 'private_chat' });
  const [there, nowhere] = [
    await mallory.call('POST', `${roomPath(room)}/leave`),
    await mallory.call('POST', `${roomPath(NOWHERE)}/leave`),
  ];
  assert.deepEqual(said(there), said(nowhere));
  assert.equal(there.status, 403);
});
