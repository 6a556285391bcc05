// What is left of attempts to bring a room here that broke off, or were answered with lies: nothing that the next one minds.
// https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildEvent } from '../../../src/events/build-event.ts';
import { roomVersion } from '../../../src/events/room-versions.ts';
import type { Requester } from '../../../src/ports/contracts/requester.ts';
import type { ServerKeys } from '../../../src/ports/contracts/servers-keys.ts';
import { refusal } from '../refusal.ts';
import { alice, bob, TestRoom, World } from '../world.ts';
import { ForeignRoom, keysOf, signerOf, textOf } from './foreign-room.ts';

function story(version = '11') {
  const far = new ForeignRoom(version);
  return { far, room: new TestRoom(new World(), far.roomId) };
}

type Story = ReturnType<typeof story>;

/** An attempt that comes no further than this. */
async function attempt({ room }: Story, version: string, texts: readonly string[], keys: readonly ServerKeys[]) {
  const claim = await room.room.arrival.claim(version);
  assert.ok(claim.kind === 'yours');
  await room.room.arrival.stage(claim.claim, 'state', texts, keys);
  await room.room.arrival.abandon(claim.claim);
}

async function join({ room, far }: Story, by: Requester): Promise<void> {
  const claim = await room.room.arrival.claim(far.version.id);
  assert.ok(claim.kind === 'yours');
  const template = far.template(by.userId, 'join');
  const wish = { handshake: 'join', roomVersion: far.version.id, template, reason: undefined, content: {} } as const;
  const drafted = await room.room.arrival.draft(by, wish);
  const keys = keysOf(far.signer);
  await room.room.arrival.stage(claim.claim, 'state', far.texts(), keys);
  await room.room.arrival.finish(claim.claim, by, { ...drafted, keys });
}

async function nameIn({ room }: Story, by: Requester): Promise<unknown> {
  const { content } = await room.room.reading.stateEvent(by, 'm.room.name', '');
  return (content as Record<string, unknown>)['name'];
}

/** A room of the same id, as somebody else makes it up. */
function madeUp(version: string, roomId: string) {
  const signer = signerOf('evil.test', 5);
  const eve = '@eve:evil.test';
  const rules = roomVersion(version)!;
  const create = buildEvent(
    {
      type: 'm.room.create',
      stateKey: '',
      sender: eve,
      roomId,
      content: { room_version: version },
      prevEvents: [],
      authEvents: [],
      depth: 1,
      originServerTs: 1_700_000_000_000,
    },
    rules,
    signer,
  );
  return { texts: [textOf(create)], keys: keysOf(signer) };
}

for (const restarts of [false, true])
  test(`a made-up create event does not stand in the way of the real one${restarts ? ', nor after a restart' : ''}`, async () => {
    const told = story();
    const { texts, keys } = madeUp('11', told.far.roomId);
    await attempt(told, '11', texts, keys);
    if (restarts) told.room.world.restart();
    await join(told, alice);
    assert.equal(await nameIn(told, alice), 'far away');
    await told.room.send(alice, 'in');
  });

test('another version that was told before does not stand in the way of the real one', async () => {
  const told = story('11');
  const { texts, keys } = madeUp('10', told.far.roomId);
  await attempt(told, '10', texts, keys);
  await join(told, alice);
  assert.equal(await nameIn(told, alice), 'far away');
});

test('what came without its auth events at first is taken when it comes with them', async () => {
  const told = story();
  const { far, room } = told;
  await join(told, alice);
  await room.member(alice, 'leave');
  far.set('m.room.power_levels', '', { users: { [far.creator]: 100 }, invite: 1 });
  const name = far.set('m.room.name', '', { name: 'another' });
  await attempt(told, '11', [textOf(name)], keysOf(far.signer));
  await join(told, alice);
  assert.equal(await nameIn(told, alice), 'another');
});

test('after an attempt that broke off nobody joins a room that all of ours had left, but through another server', async () => {
  const told = story();
  const { far, room } = told;
  await join(told, alice);
  await room.member(alice, 'leave');
  await attempt(told, '11', [], []);
  assert.equal((await room.room.arrival.standing(bob.userId)).resident, false);
  room.world.restart();
  assert.equal((await room.room.arrival.standing(bob.userId)).resident, false);
  await join(told, bob);
  assert.equal((await room.room.arrival.standing(alice.userId)).resident, true);
  assert.equal(await nameIn(told, bob), 'far away');
  assert.equal(far.events.length, 5);
});

test('a state in which our user is banned lets nobody in, and leaves nothing of itself', async () => {
  const told = story();
  const { far, room } = told;
  far.set('m.room.member', alice.userId, { membership: 'ban' });
  await assert.rejects(join(told, alice), refusal(400, 'M_INVALID_PARAM'));
  assert.equal(await room.room.lifecycle.exists(), false);
  assert.equal((await room.room.arrival.standing(alice.userId)).membership, undefined);
});
