// Who is out because branches met: no event says so, and their clients are told nevertheless.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomPath } from '../black-box/client.ts';
import { Visitor } from './visitor.ts';
import { FederationWorld, someone } from './world.ts';

for (const version of ['10', '12']) {
  test(`v${version}: whose join does not survive what another server did beside it has left the room for their client`, async () => {
    const world = new FederationWorld();
    const hs1 = world.hearth('hs1.test');
    const [alice, bob] = [await someone(hs1, 'alice'), await someone(hs1, 'bob')];
    const eve = new Visitor(world.scripted('evil.test'), 'hs1.test');
    const users = { [eve.userId]: 100, ...(version === '10' ? { [alice.userId]: 100 } : {}) };
    const power = { power_level_content_override: { users } };
    const roomId = await alice.createRoom({ preset: 'public_chat', room_version: version, ...power });
    await eve.join(roomId);
    // Eve's server has not heard of Bob when it closes the room.
    const closed = eve.event(roomId, 'm.room.join_rules', { join_rule: 'invite' }, { state_key: '' });
    await bob.join(roomId);
    await world.settle();
    const first = await bob.sync();
    assert.ok(first.rooms?.join?.[roomId]);
    const { json } = await eve.server.transaction('hs1.test', [closed.text]);
    assert.deepEqual(json['pdus'], { [closed.eventId]: {} });
    await world.settle();
    const next = await bob.sync({ since: first.next_batch });
    assert.deepEqual([next.rooms?.join?.[roomId], next.rooms?.leave?.[roomId]], [undefined, {}]);
    const { body } = await alice.ok('GET', `${roomPath(roomId)}/joined_members`);
    assert.deepEqual(Object.keys((body as { joined: object }).joined).toSorted(), [alice.userId, eve.userId]);
    assert.deepEqual((await bob.sync()).rooms?.join ?? {}, {});
  });
}
