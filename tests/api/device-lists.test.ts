// Whose devices a client is told to look at, over groups of users: who shares a room is known wherever they live.
// https://spec.matrix.org/v1.19/client-server-api/#tracking-the-device-list-for-a-user
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceKeys, keyPair } from '../users/keys/keys-world.ts';
import { Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

/** A client that remembers where its /sync is. */
class Listener {
  readonly client: Client;
  #since: string | undefined;

  private constructor(client: Client) {
    this.client = client;
  }

  static async register(hearth: Hearth, name: string): Promise<Listener> {
    const listener = new Listener(await Client.register(hearth, name));
    await listener.told();
    return listener;
  }

  /** What the client is told since it was told last; /keys/changes says the same. */
  async told(): Promise<readonly [changed: readonly string[], left: readonly string[]]> {
    const from = this.#since;
    const answer = await this.client.sync(from === undefined ? {} : { since: from });
    this.#since = answer.next_batch;
    const lists = [[...(answer.device_lists?.changed ?? [])].sort(), [...(answer.device_lists?.left ?? [])].sort()];
    if (from !== undefined) {
      const query = new URLSearchParams({ from, to: answer.next_batch });
      const { body } = await this.client.ok('GET', `/_matrix/client/v3/keys/changes?${query}`);
      assert.deepEqual([[...(body['changed'] as string[])].sort(), [...(body['left'] as string[])].sort()], lists);
    }
    return lists as [string[], string[]];
  }

  async leave(room: string): Promise<void> {
    await this.client.ok('POST', `${roomPath(room)}/leave`, {});
  }

  /** The device has its first, or other, keys. */
  async uploads(fill = 7): Promise<void> {
    const { userId, deviceId } = this.client;
    await this.client.ok('POST', '/_matrix/client/v3/keys/upload', {
      device_keys: deviceKeys(userId, deviceId, keyPair(userId, fill, deviceId)),
    });
  }
}

/** Each of them in a group of their own. */
async function threeGroups() {
  const hearth = new Hearth({ groupSize: 1 });
  const [alice, bob, carol] = [
    await Listener.register(hearth, 'alice'),
    await Listener.register(hearth, 'bob'),
    await Listener.register(hearth, 'carol'),
  ];
  const ids = { alice: alice.client.userId, bob: bob.client.userId, carol: carol.client.userId };
  return { hearth, alice, bob, carol, ids };
}

test('who comes into a room late is to look at all who are in it, and they at them', async () => {
  const { alice, bob, carol, ids } = await threeGroups();
  const room = await alice.client.createRoom({ preset: 'public_chat' });
  for (let n = 0; n < 12; n++) await alice.client.send(room, `before ${n}`);
  await bob.client.join(room);
  await alice.told();
  assert.deepEqual(await bob.told(), [[ids.alice], []]);
  await carol.client.join(room);
  assert.deepEqual(await carol.told(), [[ids.alice, ids.bob].sort(), []]);
  assert.deepEqual(await alice.told(), [[ids.carol], []]);
  assert.deepEqual(await bob.told(), [[ids.carol], []]);
});

test('new devices and keys are told to who shares a room, wherever they live, and to nobody else', async () => {
  const { hearth, alice, bob, carol, ids } = await threeGroups();
  const room = await alice.client.createRoom({ preset: 'public_chat' });
  for (let n = 0; n < 12; n++) await alice.client.send(room, `before ${n}`);
  await bob.client.join(room);
  for (const listener of [alice, bob, carol]) await listener.told();
  await alice.uploads();
  await hearth.settle();
  assert.deepEqual(await alice.told(), [[ids.alice], []]);
  assert.deepEqual(await bob.told(), [[ids.alice], []]);
  assert.deepEqual(await carol.told(), [[], []]);
  await bob.uploads();
  await hearth.settle();
  assert.deepEqual(await alice.told(), [[ids.bob], []]);
});

test('who leaves the last shared room is left, on both sides, and who comes back is to be looked at', async () => {
  const { alice, bob, carol, ids } = await threeGroups();
  const [one, two] = [
    await alice.client.createRoom({ preset: 'public_chat' }),
    await alice.client.createRoom({ preset: 'public_chat' }),
  ];
  for (const room of [one, two]) await bob.client.join(room);
  await carol.client.join(one);
  for (const listener of [alice, bob, carol]) await listener.told();
  await bob.leave(one);
  assert.deepEqual(await alice.told(), [[], []]);
  assert.deepEqual(await carol.told(), [[], [ids.bob]]);
  assert.deepEqual(await bob.told(), [[], [ids.carol]]);
  await bob.leave(two);
  assert.deepEqual(await alice.told(), [[], [ids.bob]]);
  assert.deepEqual(await bob.told(), [[], [ids.alice]]);
  // Nothing of this is heard by a group that has nobody in the room.
  await carol.leave(one);
  await alice.told();
  await carol.client.join(two);
  await bob.client.join(two);
  assert.deepEqual(await bob.told(), [[ids.alice, ids.carol].sort(), []]);
  assert.deepEqual(await alice.told(), [[ids.bob, ids.carol].sort(), []]);
});

test('a group that comes back to a room has missed neither who left nor who came meanwhile', async () => {
  const { alice, bob, carol, ids } = await threeGroups();
  const room = await alice.client.createRoom({ preset: 'public_chat' });
  for (const { client } of [bob, carol]) await client.join(room);
  await bob.leave(room);
  await bob.told();
  await carol.leave(room);
  for (let n = 0; n < 12; n++) await alice.client.send(room, `meanwhile ${n}`);
  await bob.client.join(room);
  assert.deepEqual(await bob.told(), [[ids.alice], []]);
  await carol.told();
  await carol.uploads();
  assert.deepEqual(await bob.told(), [[], []]);
});
