// Rooms begin, are replaced, and people come and go, struck at every point on the way, or with a statement that fails, or while
// the wall clock is set wrong: afterwards the operation has happened
// or it has not, on every surface alike; no alias, listing or tombstone stands for what is not there.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { MODES, type Mode } from '../../src/runtime/simulation/making.ts';
import { STORAGE_FAILURES } from '../../src/runtime/simulation/storage-faults.ts';
import { type Body, Client, roomPath } from '../black-box/client.ts';
import { SETTINGS, World } from './world.ts';

const DAY_MS = 86_400_000;
const V3 = '/_matrix/client/v3';
const SHARED = '/_synapse/admin/v1/register';
const SECRET = 'known to few';
/** Longer than anything is left half done: a creation's time, and its alarm. */
const SETTLED_MS = 90_000;
/** Every how manieth point is struck, so that all tests stay quick; which ones goes round with the mode and the operation. */
const STRIDE = 3;

interface Stage {
  readonly world: World;
  readonly alice: Client;
  readonly bob: Client;
  /** Alice's published room, with an alias. */
  readonly roomId: string;
}

async function told(mode: Mode, story: (world: World) => Promise<void>): Promise<World> {
  const world = new World(11, mode, undefined, { ...SETTINGS, registrationSharedSecret: SECRET });
  world.machine.start();
  let outcome: { readonly error?: unknown } | undefined;
  story(world).then(
    () => {
      outcome = {};
    },
    (error: unknown) => {
      outcome = { error };
    },
  );
  await world.scheduler.run(() => outcome !== undefined, 200_000);
  assert.ok(outcome, 'the story came to an end');
  if (outcome.error) throw outcome.error;
  assert.deepEqual(world.bugs, []);
  return world;
}

async function stage(world: World): Promise<Stage> {
  const [alice, bob] = [await Client.register(world, 'alice'), await Client.register(world, 'bob')];
  const roomId = await alice.createRoom({
    room_version: '11',
    visibility: 'public',
    room_alias_name: 'old',
    name: 'Old',
  });
  return { world, alice, bob, roomId };
}

const joined = async (client: Client): Promise<readonly string[]> =>
  (await client.ok('GET', `${V3}/joined_rooms`)).body['joined_rooms'] as string[];

async function state(client: Client, roomId: string, type: string, key = ''): Promise<Body | undefined> {
  const { status, body } = await client.call('GET', `${roomPath(roomId)}/state/${type}/${encodeURIComponent(key)}`);
  return status === 200 ? body : undefined;
}

const membership = async (client: Client, roomId: string, userId: string): Promise<unknown> =>
  (await state(client, roomId, 'm.room.member', userId))?.['membership'];

async function standsFor(client: Client, alias: string): Promise<unknown> {
  return (await client.call('GET', `${V3}/directory/room/${encodeURIComponent(alias)}`)).body['room_id'];
}

async function listed(client: Client): Promise<readonly unknown[]> {
  const chunk = (await client.ok('GET', `${V3}/publicRooms`)).body['chunk'] as readonly Body[];
  return chunk.map((room) => room['room_id']);
}

interface Operation {
  readonly name: string;
  /** Whether the front repeats a call of it that dies with a Durable Object, so that it happens whatever is struck. */
  readonly repeated?: true;
  before?(stage: Stage): Promise<void>;
  run(stage: Stage): Promise<void>;
  /** Throws if the operation has half happened. Answers whether it has happened. */
  audit(stage: Stage): Promise<boolean>;
}

const GUESTS = new WeakMap<World, readonly Client[]>();

async function guestOf(world: World): Promise<Client> {
  const guest = new Client(world);
  const { body } = await guest.ok('POST', `${V3}/register?kind=guest`, {});
  guest.token = String(body['access_token']);
  guest.userId = String(body['user_id']);
  return guest;
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'createRoom',
    async run({ alice, bob }) {
      await alice.createRoom({ visibility: 'public', room_alias_name: 'new', name: 'New', invite: [bob.userId] });
    },
    async audit({ alice, bob, roomId }) {
      const made = (await joined(alice)).filter((id) => id !== roomId);
      assert.ok(made.length <= 1);
      const [created] = made;
      assert.equal(await standsFor(bob, '#new:sim.test'), created);
      assert.deepEqual(new Set(await listed(bob)), new Set([roomId, ...made]));
      assert.deepEqual(Object.keys((await bob.sync()).rooms?.invite ?? {}), made);
      if (created === undefined) {
        // What was kept for it is free again.
        await bob.createRoom({ room_alias_name: 'new' });
        return false;
      }
      assert.deepEqual(await state(alice, created, 'm.room.canonical_alias'), { alias: '#new:sim.test' });
      assert.deepEqual(await state(alice, created, 'm.room.name'), { name: 'New' });
      assert.equal(await membership(alice, created, bob.userId), 'invite');
      return true;
    },
  },
  {
    name: 'upgrade',
    async run({ alice, roomId }) {
      await alice.ok('POST', `${roomPath(roomId)}/upgrade`, { new_version: '12' });
    },
    async audit({ alice, bob, roomId }) {
      const made = (await joined(alice)).filter((id) => id !== roomId);
      assert.ok(made.length <= 1);
      const [created] = made;
      const tombstone = await state(alice, roomId, 'm.room.tombstone');
      assert.equal(tombstone?.['replacement_room'], created);
      const current = created ?? roomId;
      assert.equal(await standsFor(bob, '#old:sim.test'), current);
      assert.deepEqual(await listed(bob), [current]);
      assert.deepEqual(await state(alice, current, 'm.room.canonical_alias'), { alias: '#old:sim.test' });
      if (created !== undefined)
        assert.deepEqual((await state(alice, created, 'm.room.create'))?.['predecessor'], { room_id: roomId });
      return created !== undefined;
    },
  },
  {
    name: 'invite',
    async run({ alice, bob, roomId }) {
      await alice.invite(roomId, bob.userId);
    },
    async audit({ alice, bob, roomId }) {
      const invited = (await membership(alice, roomId, bob.userId)) === 'invite';
      assert.equal((await bob.sync()).rooms?.invite?.[roomId] !== undefined, invited);
      return invited;
    },
  },
  {
    name: 'leave',
    async before({ bob, roomId }) {
      await bob.join(roomId);
    },
    async run({ bob, roomId }) {
      await bob.ok('POST', `${roomPath(roomId)}/leave`, {});
    },
    async audit({ alice, bob, roomId }) {
      const left = (await membership(alice, roomId, bob.userId)) === 'leave';
      assert.deepEqual(await joined(bob), left ? [] : [roomId]);
      assert.equal((await bob.sync()).rooms?.join?.[roomId] === undefined, left);
      const room = (await bob.ok('GET', `${V3}/publicRooms`)).body['chunk'] as readonly Body[];
      assert.equal(room[0]?.['num_joined_members'], left ? 1 : 2);
      return left;
    },
  },
  {
    name: 'forgetting a room, which ends it',
    async run({ world, alice, roomId }) {
      await alice.ok('POST', `${roomPath(roomId)}/leave`, {});
      await alice.ok('POST', `${roomPath(roomId)}/forget`, {});
      // The room’s alarm comes, and what it does is struck too.
      await world.sleep(20_000);
    },
    async audit({ alice, bob, roomId }) {
      const ended = (await bob.call('POST', `${roomPath(roomId)}/join`, {})).status === 404;
      assert.equal(await standsFor(bob, '#old:sim.test'), ended ? undefined : roomId);
      assert.deepEqual(await listed(bob), ended ? [] : [roomId]);
      const { status } = await bob.call('GET', `${roomPath(roomId)}/messages?dir=b`);
      assert.equal(status, ended ? 403 : 200);
      if (ended) assert.deepEqual(await joined(alice), []);
      return ended;
    },
  },
  {
    name: 'knock',
    async before({ alice, roomId }) {
      await alice.ok('PUT', `${roomPath(roomId)}/state/m.room.join_rules/`, { join_rule: 'knock' });
    },
    async run({ bob, roomId }) {
      await bob.ok('POST', `${V3}/knock/${encodeURIComponent(roomId)}`, {});
    },
    async audit({ alice, bob, roomId }) {
      const knocks = (await membership(alice, roomId, bob.userId)) === 'knock';
      const rooms = (await bob.sync()).rooms as { readonly knock?: object } | undefined;
      assert.deepEqual(Object.keys(rooms?.knock ?? {}), knocks ? [roomId] : []);
      return knocks;
    },
  },
  {
    name: 'shutting guests out',
    repeated: true,
    async before({ world, alice, roomId }) {
      await alice.ok('PUT', `${roomPath(roomId)}/state/m.room.guest_access/`, { guest_access: 'can_join' });
      const guests = [await guestOf(world), await guestOf(world)];
      for (const guest of guests) await guest.join(roomId);
      GUESTS.set(world, guests);
    },
    async run({ alice, roomId }) {
      await alice.ok('PUT', `${roomPath(roomId)}/state/m.room.guest_access/`, { guest_access: 'forbidden' });
    },
    async audit({ world, alice, roomId }) {
      const shut = (await state(alice, roomId, 'm.room.guest_access'))?.['guest_access'] === 'forbidden';
      for (const guest of GUESTS.get(world) ?? []) {
        assert.equal(await membership(alice, roomId, guest.userId), shut ? 'leave' : 'join');
        assert.equal((await guest.sync()).rooms?.join?.[roomId] === undefined, shut);
      }
      return shut;
    },
  },
  {
    name: 'removing an alias',
    repeated: true,
    async run({ alice }) {
      await alice.ok('DELETE', `${V3}/directory/room/${encodeURIComponent('#old:sim.test')}`);
    },
    async audit({ alice, bob, roomId }) {
      const gone = (await standsFor(bob, '#old:sim.test')) === undefined;
      assert.deepEqual(await state(alice, roomId, 'm.room.canonical_alias'), gone ? {} : { alias: '#old:sim.test' });
      return gone;
    },
  },
  {
    name: 'registration by the shared secret',
    async run({ world }) {
      const client = new Client(world);
      const { nonce } = (await client.ok('GET', SHARED)).body;
      const mac = createHmac('sha1', SECRET)
        .update(`${String(nonce)}\0carol\0carol's\0notadmin`)
        .digest('hex');
      const wanted = { nonce, username: 'carol', password: "carol's", mac, displayname: 'Carol', device_id: 'FIRST' };
      await client.ok('POST', SHARED, wanted);
    },
    async audit({ world, alice }) {
      const { status } = await alice.call('GET', `${V3}/register/available?username=carol`);
      if (status === 200) return false;
      const profile = (await alice.ok('GET', `${V3}/profile/${encodeURIComponent('@carol:sim.test')}`)).body;
      assert.deepEqual(profile, { displayname: 'Carol' });
      const carol = Object.assign(new Client(world), { userId: '@carol:sim.test', password: "carol's" });
      const { devices } = (await (await carol.login('SECOND')).ok('GET', `${V3}/devices`)).body;
      assert.deepEqual((devices as readonly Body[]).map((device) => device['device_id']).sort(), ['FIRST', 'SECOND']);
      return true;
    },
  },
];

/** What happens at the n-th point on the way. */
interface Mishap {
  readonly name: string;
  set(world: World, n: number): void;
  /** Whether it has come. */
  came(world: World): boolean;
  /** Every how manieth point it is tried at. */
  readonly stride: number;
}

const MISHAPS: readonly Mishap[] = [
  {
    name: 'struck on its way',
    set: ({ machine }, n) => machine.strikeAfter(n, n % 2 === 0 ? 'power' : 'process', n % 3 !== 0),
    came: ({ perils }) => perils.struck > 0,
    stride: STRIDE,
  },
  {
    name: 'with a statement that fails',
    set: ({ storage }, n) => storage.strikeAfter(n, STORAGE_FAILURES[n % 4]!, n % 3 === 0),
    came: ({ storage }) => storage.struck > 0,
    stride: 2 * STRIDE + 1,
  },
  {
    name: 'while the clock is set wrong, or is so when it begins again, and right when it is over',
    set: ({ perils, scheduler, machine }, n) => {
      const days = [365, -1, 8][n % 3]!;
      perils.strikeAfter(n, () => {
        scheduler.wallShiftMs = days * DAY_MS;
        if (n % 2 === 0) machine.crash('process');
      });
    },
    came: ({ perils }) => perils.struck > 0,
    stride: 2 * STRIDE + 1,
  },
];

/** Whether the mishap came before the operation had come to its end. */
async function struck(mode: Mode, operation: Operation, mishap: Mishap, n: number, seen: Set<boolean>) {
  const world = await told(mode, async (world) => {
    const people = await stage(world);
    await operation.before?.(people);
    // What is told in the background is told before the strike is set.
    await world.sleep(5000);
    mishap.set(world, n);
    const answered = await operation.run(people).then(
      () => true,
      () => false,
    );
    world.perils.calm();
    world.storage.calm();
    world.machine.start();
    if (n % 4 < 2) await world.sleep(SETTLED_MS);
    world.scheduler.wallShiftMs = 0;
    await world.sleep(SETTLED_MS);
    const happened = await operation.audit(people);
    // Acknowledged means done.
    if (answered) assert.ok(happened);
    seen.add(happened);
  });
  return mishap.came(world);
}

for (const [at, mode] of MODES.entries()) {
  for (const [offset, operation] of OPERATIONS.entries()) {
    for (const [number, mishap] of MISHAPS.entries()) {
      test(`${mode}: ${operation.name}, ${mishap.name}, has happened whole or not at all`, async () => {
        const seen = new Set<boolean>();
        let n = 1 + ((at + offset) % mishap.stride);
        while (await struck(mode, operation, mishap, n, seen)) n += mishap.stride;
        // Where the calls of what is repeated find a new object, it may have happened each time.
        const sides = operation.repeated && mode === 'durable' ? [true] : [true, false];
        if (number === 0)
          assert.ok(
            sides.every((side) => seen.has(side)),
            'strikes fell on both sides of the decision',
          );
      });
    }
  }
}
