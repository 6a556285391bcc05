// Ways into a room, and who people are, as matrix-js-sdk sees them.
// https://spec.matrix.org/v1.19/client-server-api/#room-membership
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SetPresence } from 'matrix-js-sdk';
import { eventually } from '../eventually.ts';
import type { Person } from '../person.ts';
import { membership, onEveryRuntime } from './stage.ts';

const joinRule = (content: object) => ({ initial_state: [{ type: 'm.room.join_rules', state_key: '', content }] });

const sees = (person: Person, roomId: string, who: Person, expected: string): Promise<true> =>
  eventually(
    `${who.userId} is ${expected} for ${person.userId}`,
    () => membership(person, roomId, who.userId) === expected,
  );

onEveryRuntime((stage) => {
  test('a knock is heard; who is let in can join, and who is not can leave it', async () => {
    const alice = await stage().enter('alice');
    const bob = await stage().enter('bob');
    const carol = await stage().enter('carol');
    const roomId = await stage().room(alice, [], joinRule({ join_rule: 'knock' }));
    await assert.rejects(bob.sdk.joinRoom(roomId), { errcode: 'M_FORBIDDEN' });
    await bob.sdk.knockRoom(roomId, { reason: 'it is me' });
    await carol.sdk.knockRoom(roomId);
    await sees(bob, roomId, bob, 'knock');
    await sees(alice, roomId, bob, 'knock');
    await sees(alice, roomId, carol, 'knock');
    const knock = alice.sdk.getRoom(roomId)!.currentState.getStateEvents('m.room.member', bob.userId);
    assert.equal(knock?.getContent()['reason'], 'it is me');
    // Who waits outside can see which door it is.
    assert.equal(bob.sdk.getRoom(roomId)!.getJoinRule(), 'knock');
    await alice.sdk.invite(roomId, bob.userId);
    await sees(bob, roomId, bob, 'invite');
    await bob.sdk.joinRoom(roomId);
    await sees(alice, roomId, bob, 'join');
    await alice.sdk.kick(roomId, carol.userId, 'not today');
    await sees(carol, roomId, carol, 'leave');
    await carol.sdk.forget(roomId);
    assert.equal(carol.sdk.getRoom(roomId), null);
  });

  test('an invitation that is taken back is gone, and one that is refused is told', async () => {
    const alice = await stage().enter('alice');
    const bob = await stage().enter('bob');
    const roomId = await stage().room(alice, []);
    await alice.sdk.invite(roomId, bob.userId, { reason: 'come in' });
    await sees(bob, roomId, bob, 'invite');
    const invitation = bob.sdk.getRoom(roomId)!.currentState.getStateEvents('m.room.member', bob.userId);
    assert.deepEqual([invitation?.getContent()['reason'], invitation?.getSender()], ['come in', alice.userId]);
    await alice.sdk.kick(roomId, bob.userId);
    await sees(bob, roomId, bob, 'leave');
    await alice.sdk.invite(roomId, bob.userId);
    await sees(bob, roomId, bob, 'invite');
    await bob.sdk.leave(roomId);
    await sees(alice, roomId, bob, 'leave');
    await sees(bob, roomId, bob, 'leave');
    // No client of his finds it again.
    assert.equal((await stage().again(bob)).sdk.getRoom(roomId), null);
  });

  test('a restricted room lets in who is in the room that it names', async () => {
    const alice = await stage().enter('alice');
    const bob = await stage().enter('bob');
    const lobby = await stage().room(alice, [], { preset: 'public_chat' });
    const inner = await stage().room(
      alice,
      [],
      joinRule({ join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: lobby }] }),
    );
    await assert.rejects(bob.sdk.joinRoom(inner), { errcode: 'M_FORBIDDEN' });
    await bob.sdk.joinRoom(lobby);
    await bob.sdk.joinRoom(inner);
    await sees(bob, inner, bob, 'join');
    await sees(alice, inner, bob, 'join');
  });

  test('a published room is found by what it is about and joined by its alias, until the alias is gone', async () => {
    const alice = await stage().enter('alice');
    const bob = await stage().enter('bob');
    const word = `gardening-${alice.account.deviceId.toLowerCase()}`;
    const roomId = await stage().room(alice, [], { preset: 'public_chat', name: 'Green', topic: `All about ${word}` });
    const alias = `#${word}:hs1`;
    await alice.sdk.createAlias(alias, roomId);
    await assert.rejects(alice.sdk.createAlias(alias, roomId), { errcode: 'M_UNKNOWN', httpStatus: 409 });
    await alice.sdk.sendStateEvent(roomId, 'm.room.canonical_alias' as never, { alias } as never);
    const find = async () =>
      (await bob.sdk.publicRooms({ filter: { generic_search_term: word }, limit: 5 })).chunk.map(
        (room) => room.room_id,
      );
    assert.deepEqual(await find(), []);
    await alice.sdk.setRoomDirectoryVisibility(roomId, 'public' as never);
    await eventually('the room is in the directory', async () => (await find()).includes(roomId));
    const joined = await bob.sdk.joinRoom(alias);
    assert.equal(joined.roomId, roomId);
    await sees(alice, roomId, bob, 'join');
    assert.deepEqual((await bob.sdk.getLocalAliases(roomId)).aliases, [alias]);
    await eventually('the alias is shown', () => bob.sdk.getRoom(roomId)?.getCanonicalAlias() === alias);
    await assert.rejects(bob.sdk.deleteAlias(alias), { errcode: 'M_FORBIDDEN' });
    await alice.sdk.deleteAlias(alias);
    await assert.rejects(bob.sdk.getRoomIdForAlias(alias), { errcode: 'M_NOT_FOUND' });
  });

  test('a new name or picture is seen in every room, by who is there and by who asks', async () => {
    const alice = await stage().enter('alice');
    const bob = await stage().enter('bob');
    const rooms = [await stage().room(alice, [bob]), await stage().room(alice, [bob])];
    await bob.sdk.setDisplayName('Bobby');
    await bob.sdk.setAvatarUrl('mxc://hs1/bobby');
    for (const roomId of rooms) {
      const member = alice.sdk.getRoom(roomId)!.getMember(bob.userId)!;
      await eventually('the name', () => alice.sdk.getRoom(roomId)!.getMember(bob.userId)!.name === 'Bobby');
      await eventually('the picture', () => member.getMxcAvatarUrl() === 'mxc://hs1/bobby');
    }
    assert.equal(await alice.sdk.doesServerSupportExtendedProfiles(), true);
    await bob.sdk.setExtendedProfileProperty('m.tz', 'Europe/Paris');
    assert.equal(await alice.sdk.getExtendedProfileProperty(bob.userId, 'm.tz'), 'Europe/Paris');
    assert.deepEqual(await alice.sdk.getExtendedProfile(bob.userId), {
      displayname: 'Bobby',
      avatar_url: 'mxc://hs1/bobby',
      'm.tz': 'Europe/Paris',
    });
    await bob.sdk.deleteExtendedProfileProperty('m.tz');
    assert.equal('m.tz' in (await alice.sdk.getExtendedProfile(bob.userId)), false);
  });

  // https://spec.matrix.org/v1.19/client-server-api/#presence
  test('who is there, and what they say of it, is seen by who shares a room, until they go offline', async () => {
    const alice = await stage().enter('alice');
    const bob = await stage().enter('bob');
    const stranger = await stage().enter('stranger');
    await stage().room(alice, [bob]);
    const seen = (by: Person) => by.sdk.getUser(bob.userId)?.presence;
    await eventually('bob is online', () => seen(alice) === 'online');
    // His polls would say again that he is online.
    await bob.sdk.setSyncPresence(SetPresence.Unavailable);
    await bob.sdk.setPresence({ presence: 'unavailable', status_msg: 'having tea' });
    await eventually('bob is away', () => seen(alice) === 'unavailable');
    await eventually('and why', () => alice.sdk.getUser(bob.userId)?.presenceStatusMsg === 'having tea');
    await bob.sdk.setSyncPresence(SetPresence.Offline);
    await bob.sdk.setPresence({ presence: 'offline' });
    await eventually('bob is gone', () => seen(alice) === 'offline');
    assert.notEqual(seen(stranger), 'unavailable');
    await assert.rejects(stranger.sdk.getPresence(bob.userId), { errcode: 'M_FORBIDDEN' });
  });

  test('who is ignored is not heard, neither in a room nor by an invitation, until no longer ignored', async () => {
    const alice = await stage().enter('alice');
    const bob = await stage().enter('bob');
    const mallory = await stage().enter('mallory');
    const roomId = await stage().room(alice, [bob, mallory]);
    await bob.sdk.setIgnoredUsers([mallory.userId]);
    await eventually('bob’s client knows', () => bob.sdk.isUserIgnored(mallory.userId));
    await mallory.sdk.sendTextMessage(roomId, 'unheard');
    const { room_id: trap } = await mallory.sdk.createRoom({ invite: [bob.userId] });
    await alice.sdk.sendTextMessage(roomId, 'heard');
    await eventually('bob hears alice', () => bob.readable(roomId).length > 0);
    assert.deepEqual(bob.readable(roomId), ['heard']);
    const other = await stage().again(bob);
    assert.deepEqual(other.sdk.getIgnoredUsers(), [mallory.userId]);
    assert.deepEqual(await other.readEverything(roomId), ['heard']);
    assert.equal(other.sdk.getRoom(trap), null);
    await bob.sdk.setIgnoredUsers([]);
    await eventually('no longer ignored', () => !bob.sdk.isUserIgnored(mallory.userId));
    await mallory.sdk.sendTextMessage(roomId, 'heard again');
    await eventually('bob hears mallory', () => bob.readable(roomId).includes('heard again'));
  });
});
