// What somebody may claim of a room of their own, and what becomes of it for others.
// https://spec.matrix.org/v1.19/client-server-api/#room-upgrades
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, type Body, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected);
};

async function people() {
  const hearth = new Hearth();
  const [alice, bob, mallory] = await Promise.all(
    ['alice', 'bob', 'mallory'].map((name) => Client.register(hearth, name)),
  );
  assert.ok(alice && bob && mallory);
  return { hearth, alice, bob, mallory };
}

test('a room that only claims to replace another takes over nothing of what others made of that', async () => {
  const { hearth, alice, bob, mallory } = await people();
  const talk = await alice.createRoom({ preset: 'trusted_private_chat', is_direct: true, invite: [bob.userId] });
  await bob.join(talk);
  const data = (type: string) => `${V3}/user/${bob.userId}/account_data/${type}`;
  const tags = (room: string) => `${V3}/user/${bob.userId}/rooms/${encodeURIComponent(room)}/account_data/m.tag`;
  await bob.ok('PUT', data('m.direct'), { [alice.userId]: [talk] });
  await bob.ok('PUT', tags(talk), { tags: { 'm.favourite': {} } });
  await bob.ok('PUT', `${V3}/pushrules/global/room/${encodeURIComponent(talk)}`, { actions: [] });
  const lure = await mallory.createRoom({
    preset: 'public_chat',
    creation_content: { predecessor: { room_id: talk } },
  });
  await bob.join(lure);
  await hearth.sleep(1000);
  assert.deepEqual((await bob.ok('GET', data('m.direct'))).body, { [alice.userId]: [talk] });
  assert.equal((await bob.call('GET', tags(lure))).status, 404);
  assert.equal((await bob.call('GET', `${V3}/pushrules/global/room/${encodeURIComponent(lure)}`)).status, 404);
});

test('a room may not begin with a name that is of another room, or of none', async () => {
  const { alice, mallory } = await people();
  await alice.createRoom({ room_alias_name: 'bank' });
  const begin = (content: Body, more: object = {}) =>
    mallory.call('POST', `${V3}/createRoom`, {
      ...more,
      initial_state: [{ type: 'm.room.canonical_alias', state_key: '', content }],
    });
  refused(await begin({ alias: '#bank:hs1' }), 400, 'M_BAD_ALIAS');
  refused(await begin({ alias: '#nothing:hs1' }), 400, 'M_BAD_ALIAS');
  refused(await begin({ alias: '#x:elsewhere' }), 400, 'M_BAD_ALIAS');
  refused(await begin({ alt_aliases: ['#bank:hs1'] }), 400, 'M_BAD_ALIAS');
  refused(
    await begin({ alias: '#den:hs1', alt_aliases: ['#bank:hs1'] }, { room_alias_name: 'den' }),
    400,
    'M_BAD_ALIAS',
  );
  refused(await begin({ alias: 5 }), 400, 'M_BAD_ALIAS');
  assert.equal((await begin({})).status, 200);
  assert.equal((await begin({ alias: '#den:hs1' }, { room_alias_name: 'den' })).status, 200);
});

test('a join rule that names what is no room lets nobody in', async () => {
  const { alice, mallory } = await people();
  const allow = ['', 'x', '!', '#a:hs1', '__proto__', '!'.repeat(5000), `!${'A'.repeat(43)}`].map((room_id) => ({
    type: 'm.room_membership',
    room_id,
  }));
  const room = await alice.createRoom({
    initial_state: [{ type: 'm.room.join_rules', content: { join_rule: 'restricted', allow } }],
  });
  refused(await mallory.call('POST', `${roomPath(room)}/join`, {}), 403, 'M_FORBIDDEN');
});
