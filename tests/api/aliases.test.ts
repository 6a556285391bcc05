// https://spec.matrix.org/v1.19/client-server-api/#room-aliases
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Actors } from '../../src/ports/actors.ts';
import { type Answer, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const aliasPath = (alias: string): string => `${V3}/directory/room/${encodeURIComponent(alias)}`;
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected);
};

async function people(hearth = new Hearth()) {
  return { hearth, alice: await Client.register(hearth, 'alice'), bob: await Client.register(hearth, 'bob') };
}

async function name(client: Client, roomId: string, alias: string): Promise<Answer> {
  return client.call('PUT', aliasPath(alias), { room_id: roomId });
}

async function standsFor(client: Client, alias: string): Promise<unknown> {
  const { status, body } = await client.call('GET', aliasPath(alias));
  return status === 200 ? body['room_id'] : body.errcode;
}

const canonical = (roomId: string): string => `${roomPath(roomId)}/state/m.room.canonical_alias`;

test('a member names a room, everybody finds it by the name, and it is taken', async () => {
  const { hearth, alice, bob } = await people();
  const [roomId, other] = [await alice.createRoom(), await alice.createRoom()];
  refused(await name(bob, roomId, '#garden:hs1'), 403, 'M_FORBIDDEN');
  assert.equal((await name(alice, roomId, '#garden:hs1')).status, 200);
  refused(await name(alice, roomId, '#garden:hs1'), 409, 'M_UNKNOWN');
  refused(await name(alice, other, '#garden:hs1'), 409, 'M_UNKNOWN');
  const found = await new Client(hearth).ok('GET', aliasPath('#garden:hs1'));
  assert.deepEqual(found.body, { room_id: roomId, servers: ['hs1'] });
  assert.deepEqual((await alice.ok('GET', `${roomPath(roomId)}/aliases`)).body, { aliases: ['#garden:hs1'] });
  refused(await bob.call('GET', `${roomPath(roomId)}/aliases`), 403, 'M_FORBIDDEN');
});

test('what is no alias of this server is refused', async () => {
  const { alice } = await people();
  const roomId = await alice.createRoom();
  for (const alias of ['garden', '@garden:hs1', '#garden', '#garden:elsewhere', `#${'x'.repeat(255)}:hs1`, '#a\0b:hs1'])
    refused(await name(alice, roomId, alias), 400, 'M_INVALID_PARAM');
  refused(await name(alice, 'garden', '#garden:hs1'), 400, 'M_INVALID_PARAM');
  refused(await name(alice, '!nowhere:hs1', '#garden:hs1'), 403, 'M_FORBIDDEN');
  refused(await alice.call('GET', aliasPath('#garden:hs1')), 404, 'M_NOT_FOUND');
  refused(await alice.call('GET', aliasPath('garden')), 400, 'M_INVALID_PARAM');
  refused(await alice.call('DELETE', aliasPath('#garden:hs1')), 404, 'M_NOT_FOUND');
});

test('an alias goes with who made it or who may name the room, and with nobody else', async () => {
  const { alice, bob } = await people();
  const roomId = await alice.createRoom({ preset: 'public_chat', initial_state: [] });
  await bob.join(roomId);
  await name(alice, roomId, '#hers:hs1');
  await name(bob, roomId, '#his:hs1');
  await alice.ok('PUT', canonical(roomId), { alias: '#hers:hs1', alt_aliases: ['#hers:hs1', '#his:hs1'] });
  refused(await bob.call('DELETE', aliasPath('#hers:hs1')), 403, 'M_FORBIDDEN');
  // Bob may not change what the room says of itself; the alias is gone all the same.
  await bob.ok('DELETE', aliasPath('#his:hs1'));
  assert.equal(await standsFor(bob, '#his:hs1'), 'M_NOT_FOUND');
  assert.deepEqual((await alice.ok('GET', canonical(roomId))).body['alt_aliases'], ['#hers:hs1', '#his:hs1']);
  await name(bob, roomId, '#his:hs1');
  await alice.ok('DELETE', aliasPath('#his:hs1'));
  assert.deepEqual((await alice.ok('GET', canonical(roomId))).body, { alias: '#hers:hs1', alt_aliases: ['#hers:hs1'] });
  await alice.ok('DELETE', aliasPath('#hers:hs1'));
  assert.deepEqual((await alice.ok('GET', canonical(roomId))).body, {});
});

test('a room calls itself only what stands for it', async () => {
  const { alice } = await people();
  const [roomId, other] = [await alice.createRoom(), await alice.createRoom()];
  await name(alice, roomId, '#one:hs1');
  await name(alice, other, '#other:hs1');
  for (const content of [
    { alias: '#nothing:hs1' },
    { alias: '#other:hs1' },
    { alt_aliases: ['#one:hs1', '#other:hs1'] },
  ])
    refused(await alice.call('PUT', canonical(roomId), content), 400, 'M_BAD_ALIAS');
  for (const content of [{ alias: 'one' }, { alias: 5 }, { alt_aliases: 'x' }, { alt_aliases: ['#one:hs1', 5] }])
    refused(await alice.call('PUT', canonical(roomId), content), 400, 'M_INVALID_PARAM');
  await alice.ok('PUT', canonical(roomId), { alias: '#one:hs1' });
  // What it was called before is not looked at again.
  await alice.ok('PUT', `${roomPath(roomId)}/state/m.room.power_levels`, { events: { 'm.room.canonical_alias': 0 } });
  await alice.ok('PUT', canonical(roomId), { alias: '#one:hs1', note: 'x' });
  await alice.ok('PUT', canonical(roomId), {});
});

test('a room is joined and knocked on by its alias', async () => {
  const { alice, bob } = await people();
  const roomId = await alice.createRoom({ preset: 'public_chat', room_alias_name: 'garden' });
  const joined = await bob.ok('POST', `${V3}/join/${encodeURIComponent('#garden:hs1')}?via=hs1&via=elsewhere`, {});
  assert.deepEqual(joined.body, { room_id: roomId });
  refused(await bob.call('POST', `${V3}/join/${encodeURIComponent('#nothing:hs1')}`, {}), 404, 'M_NOT_FOUND');
  refused(await bob.call('POST', `${V3}/knock/${encodeURIComponent('#nothing:hs1')}`, {}), 404, 'M_NOT_FOUND');
});

test('a room is created with an alias, which it calls itself by; a taken one leaves no room', async () => {
  const { alice, bob } = await people();
  const roomId = await alice.createRoom({ room_alias_name: 'garden' });
  assert.equal(await standsFor(bob, '#garden:hs1'), roomId);
  assert.deepEqual((await alice.ok('GET', canonical(roomId))).body, { alias: '#garden:hs1' });
  const again = { room_alias_name: 'garden', invite: [alice.userId] };
  refused(await bob.call('POST', `${V3}/createRoom`, again), 400, 'M_ROOM_IN_USE');
  assert.deepEqual((await bob.ok('GET', `${V3}/joined_rooms`)).body['joined_rooms'], []);
});

test('an alias is free again at once if its room was refused', async () => {
  const { alice, bob } = await people();
  const wrong = { room_alias_name: 'garden', power_level_content_override: { ban: null } };
  refused(await alice.call('POST', `${V3}/createRoom`, wrong), 400, 'M_BAD_JSON');
  assert.equal(await standsFor(alice, '#garden:hs1'), 'M_NOT_FOUND');
  const roomId = await bob.createRoom({ room_alias_name: 'garden' });
  assert.equal(await standsFor(alice, '#garden:hs1'), roomId);
});

/**
 * Breaks off createRoom before or after the room has begun, as a crash does: nobody settles the alias. `only`: it is the call
 * that died, and the front can ask what became of it.
 */
function breakingOff(when: 'before' | 'after', only: 'front' | 'call' = 'front'): (actors: Actors) => Actors {
  return (actors) => ({
    home: () => actors.home(),
    users: (group) => actors.users(group),
    servers: (name) => actors.servers(name),
    serversShard: (shard) => actors.serversShard(shard),
    shardOf: (name) => actors.shardOf(name),
    room: (roomId) => {
      const room = actors.room(roomId);
      const create: typeof room.writing.create = async (...args) => {
        if (when === 'after') await room.writing.create(...args);
        throw new Error('the front went away');
      };
      const exists: typeof room.lifecycle.exists = async () => {
        if (only === 'call') return room.lifecycle.exists();
        throw new Error('the front went away');
      };
      const lifecycle = new Proxy(room.lifecycle, {
        get: (real, name) => (name === 'exists' ? exists : Reflect.get(real, name)),
      });
      return { ...parts(room), lifecycle, writing: { ...parts(room.writing), create } };
    },
  });
}

/** A reference answers to any name; what the front uses of it here is named. */
function parts<T extends object>(reference: T): T {
  const names = ['reading', 'lifecycle', 'ephemeral', 'send', 'changeMembership'];
  return Object.fromEntries(names.map((key) => [key, Reflect.get(reference, key)])) as unknown as T;
}

test('a creation that broke off after the room had begun is finished', async () => {
  const { hearth, alice, bob } = await people(new Hearth({}, breakingOff('after')));
  assert.equal((await alice.call('POST', `${V3}/createRoom`, { room_alias_name: 'garden' })).status, 500);
  const [roomId] = (await alice.ok('GET', `${V3}/joined_rooms`)).body['joined_rooms'] as string[];
  // Asked for, the alias is there at once; otherwise the alarm comes.
  assert.equal(await standsFor(bob, '#garden:hs1'), roomId);
  assert.equal((await alice.call('POST', `${V3}/createRoom`, { room_alias_name: 'other' })).status, 500);
  await hearth.sleep(11_000);
  const rooms = (await alice.ok('GET', `${V3}/joined_rooms`)).body['joined_rooms'] as string[];
  const second = rooms.find((id) => id !== roomId);
  assert.deepEqual(await hearth.actors.home().aliases.ofRoom(String(second)), ['#other:hs1']);
});

test('a creation whose call died after the room had begun is answered as what it is: done', async () => {
  const { alice } = await people(new Hearth({}, breakingOff('after', 'call')));
  const roomId = await alice.createRoom({ room_alias_name: 'garden' });
  assert.deepEqual((await alice.ok('GET', `${V3}/joined_rooms`)).body['joined_rooms'], [roomId]);
  assert.equal(await standsFor(alice, '#garden:hs1'), roomId);
  const dead = (await people(new Hearth({}, breakingOff('before', 'call')))).alice;
  assert.equal((await dead.call('POST', `${V3}/createRoom`, {})).status, 500);
});

test('a creation that broke off before the room had begun is undone', async () => {
  const { hearth, alice, bob } = await people(new Hearth({}, breakingOff('before')));
  assert.equal((await alice.call('POST', `${V3}/createRoom`, { room_alias_name: 'garden' })).status, 500);
  assert.equal(await standsFor(bob, '#garden:hs1'), 'M_NOT_FOUND');
  // It might still be under way.
  refused(await bob.call('POST', `${V3}/createRoom`, { room_alias_name: 'garden' }), 400, 'M_ROOM_IN_USE');
  await hearth.sleep(75_000);
  const other = { room_id: '!other:hs1' };
  refused(await bob.call('PUT', aliasPath('#garden:hs1'), other), 403, 'M_FORBIDDEN');
  const { roomId } = await hearth.actors
    .home()
    .draftCreateEvent({ sender: bob.userId, roomVersion: '11', content: {}, alias: '#garden:hs1' });
  assert.ok(roomId);
});

test('an alias kept for a room that never began is free again, though the clock was set back by a year since', async () => {
  const { hearth, alice, bob } = await people(new Hearth({}, breakingOff('before')));
  hearth.wallShiftMs = 365 * 86_400_000;
  assert.equal((await alice.call('POST', `${V3}/createRoom`, { room_alias_name: 'garden' })).status, 500);
  hearth.wallShiftMs = 0;
  const { roomId } = await hearth.actors
    .home()
    .draftCreateEvent({ sender: bob.userId, roomVersion: '11', content: {}, alias: '#garden:hs1' });
  assert.ok(roomId);
});
