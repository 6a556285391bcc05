// Joining, inviting, leaving, kicking, banning and knocking.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isObject, type JsonObject } from '../../src/spec/json.ts';
import { refusal } from './refusal.ts';
import { alice, aRoom, bob, charlie, TestRoom, World } from './world.ts';

const FORBIDDEN = refusal(403, 'M_FORBIDDEN');

async function memberContent(room: TestRoom, userId: string): Promise<JsonObject> {
  const { content } = await room.room.reading.stateEvent(alice, 'm.room.member', userId);
  return isObject(content) ? content : {};
}

async function membership(room: TestRoom, userId: string): Promise<unknown> {
  return (await memberContent(room, userId))['membership'];
}

for (const version of ['10', '11', '12']) {
  test(`v${version}: a join carries the profile, and joining twice changes nothing`, async () => {
    const room = await aRoom(version);
    await room.member(bob, 'join');
    assert.deepEqual(await memberContent(room, bob.userId), { membership: 'join', displayname: 'bob' });
    const before = room.pos;
    await room.member(bob, 'join');
    assert.equal(room.pos, before);
  });

  test(`v${version}: into a room by invitation one comes by invitation`, async () => {
    const room = await aRoom(version, { joinRule: 'invite' });
    await assert.rejects(room.member(bob, 'join'), FORBIDDEN);
    await room.member(alice, 'invite', bob);
    await room.member(alice, 'invite', bob);
    await room.member(bob, 'join');
    await assert.rejects(room.member(alice, 'invite', bob), FORBIDDEN);
  });

  test(`v${version}: a ban keeps a user out until it is lifted`, async () => {
    const room = await aRoom(version);
    await room.member(bob, 'join');
    await assert.rejects(room.member(bob, 'ban', alice), FORBIDDEN);
    await room.member(alice, 'ban', bob);
    await assert.rejects(room.member(bob, 'join'), FORBIDDEN);
    await assert.rejects(room.member(alice, 'invite', bob), FORBIDDEN);
    await assert.rejects(room.member(alice, 'kick', bob), FORBIDDEN);
    await assert.rejects(room.send(bob, 'x'), FORBIDDEN);
    await assert.rejects(room.member(bob, 'leave'), FORBIDDEN);
    await room.member(alice, 'unban', bob);
    await assert.rejects(room.member(alice, 'unban', bob), FORBIDDEN);
    await room.member(bob, 'join');
  });

  test(`v${version}: a knock may be answered by an invite`, async () => {
    const room = await aRoom(version, { joinRule: 'knock' });
    await room.member(bob, 'knock');
    assert.equal(await membership(room, bob.userId), 'knock');
    await assert.rejects(room.member(bob, 'join'), FORBIDDEN);
    await room.member(alice, 'invite', bob);
    await assert.rejects(room.member(bob, 'knock'), FORBIDDEN);
    await room.member(bob, 'join');
  });

  test(`v${version}: a restricted room lets in the members of the allowed room`, async () => {
    const world = new World();
    const club = await aRoom(version, { world });
    const allow = [{ type: 'm.room_membership', room_id: club.id }];
    const rule = {
      kind: 'state',
      type: 'm.room.join_rules',
      stateKey: '',
      content: { join_rule: 'restricted', allow },
    } as const;
    const room = await aRoom(version, { world, steps: [rule] });
    await assert.rejects(room.member(bob, 'join'), FORBIDDEN);
    await club.member(bob, 'join');
    await room.member(bob, 'join');
    assert.equal((await memberContent(room, bob.userId))['join_authorised_via_users_server'], alice.userId);
    await room.room.writing.profileChanged(bob.userId, { displayName: 'Bobby', avatarUrl: undefined });
    assert.deepEqual(await memberContent(room, bob.userId), { membership: 'join', displayname: 'Bobby' });
  });
}

test('Bob may leave, reject an invite, and take back a knock', async () => {
  const room = await aRoom('12', { joinRule: 'knock' });
  await room.member(alice, 'invite', bob);
  await room.member(bob, 'leave');
  assert.equal(await membership(room, bob.userId), 'leave');
  await room.member(bob, 'knock');
  await room.member(bob, 'leave');
  await room.member(bob, 'leave');
  assert.equal(await membership(room, bob.userId), 'leave');
  await assert.rejects(room.member(charlie, 'leave'), FORBIDDEN);
});

test('only who is in the room can be kicked', async () => {
  const room = await aRoom();
  await assert.rejects(room.member(alice, 'kick', bob), FORBIDDEN);
  await room.member(bob, 'join');
  await assert.rejects(room.member(charlie, 'kick', bob), FORBIDDEN);
  await room.member(alice, 'kick', bob);
  await assert.rejects(room.send(bob, 'x'), FORBIDDEN);
});

test('a member event sent as state obeys the same rules', async () => {
  const room = await aRoom('12', { joinRule: 'invite' });
  await assert.rejects(room.state(bob, 'm.room.member', bob.userId, { membership: 'join' }), FORBIDDEN);
  await assert.rejects(room.state(alice, 'm.room.member', bob.userId, { membership: 'join' }), FORBIDDEN);
  await assert.rejects(
    room.state(alice, 'm.room.member', bob.userId, { membership: 'member' }),
    refusal(400, 'M_BAD_JSON'),
  );
  await room.state(alice, 'm.room.member', bob.userId, { membership: 'invite' });
  assert.deepEqual(await memberContent(room, bob.userId), { membership: 'invite', displayname: 'bob' });
  const content = { membership: 'join', displayname: 'Robert', join_authorised_via_users_server: alice.userId };
  await room.state(bob, 'm.room.member', bob.userId, content);
  assert.deepEqual(await memberContent(room, bob.userId), { membership: 'join', displayname: 'Robert' });
});

test('a room that is not here cannot be joined, left or knocked on', async () => {
  const room = new TestRoom(new World(), '!nowhere:hearth.test');
  await assert.rejects(room.member(bob, 'join'), refusal(404, 'M_NOT_FOUND'));
  await assert.rejects(room.member(bob, 'knock'), refusal(404, 'M_NOT_FOUND'));
  await assert.rejects(room.member(bob, 'leave'), FORBIDDEN);
  assert.equal(room.world.sql.first('SELECT count(*) AS n FROM room_info')?.['n'], 0);
});

test('a user who does not exist cannot be invited', async () => {
  const room = await aRoom();
  await assert.rejects(
    room.member(alice, 'invite', { ...bob, userId: '@nobody:hearth.test' }),
    refusal(404, 'M_NOT_FOUND'),
  );
  await assert.rejects(room.member(alice, 'invite', { ...bob, userId: '@eve:evil.test' }), FORBIDDEN);
});

test('a profile that has not changed makes no event, nor does one of a user who is not joined', async () => {
  const room = await aRoom();
  await room.member(bob, 'join');
  const before = room.pos;
  await room.room.writing.profileChanged(bob.userId, { displayName: 'bob', avatarUrl: undefined });
  await room.room.writing.profileChanged(charlie.userId, { displayName: 'Charles', avatarUrl: undefined });
  assert.equal(room.pos, before);
});

test('an invite tells the invited group of the room, stripped', async () => {
  const room = await aRoom('12', { joinRule: 'invite' });
  await room.state(alice, 'm.room.name', '', { name: 'Hearth' });
  await room.member(alice, 'invite', charlie);
  const entries = room.world.group(2).rooms.get(room.id)?.entries ?? [];
  assert.equal(entries.length, 1);
  const change = entries[0]?.memberships[0];
  assert.equal(change?.userId, charlie.userId);
  assert.equal(change?.membership, 'invite');
  const types = change?.strippedState?.map((event) => event['type']);
  assert.deepEqual(types, ['m.room.create', 'm.room.name', 'm.room.join_rules', 'm.room.member', 'm.room.member']);
  for (const event of change?.strippedState ?? [])
    assert.deepEqual(Object.keys(event).sort(), ['content', 'sender', 'state_key', 'type']);
});
