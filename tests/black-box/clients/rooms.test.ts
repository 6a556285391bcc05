// Rooms that are large, missed for a while, or replaced, as matrix-js-sdk shows them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Room } from 'matrix-js-sdk';
import { eventually } from '../eventually.ts';
import type { Person } from '../person.ts';
import { membership, onEveryRuntime } from './stage.ts';

const PUBLIC = { preset: 'public_chat' };

const stateOf = (person: Person, roomId: string, type: string): Record<string, unknown> | undefined =>
  person.sdk.getRoom(roomId)?.currentState.getStateEvents(type, '')?.getContent();

const shown = (room: Room): string[] =>
  room
    .getLiveTimeline()
    .getEvents()
    .filter((event) => event.getType() === 'm.room.message')
    .map((event) => event.getContent()['body']);

onEveryRuntime((stage) => {
  // https://spec.matrix.org/v1.19/client-server-api/#lazy-loading-room-members
  test('a client that loads members lazily knows how many there are, who spoke, and the rest when it asks', async () => {
    const alice = await stage().enter('alice');
    const roomId = await stage().room(alice, [], PUBLIC);
    const crowd = await stage().crowd('member', 12);
    for (const [n, member] of crowd.entries()) {
      await member.join(roomId);
      await member.send(roomId, `hello from ${n}`);
    }
    const lazy = await stage().again(alice, { lazyLoadMembers: true, initialSyncLimit: 2 });
    const room = lazy.sdk.getRoom(roomId)!;
    assert.equal(room.getJoinedMemberCount(), 13);
    const known = (): number => room.getJoinedMembers().length;
    assert.ok(known() < 13, `${known()} are known before they are asked for`);
    for (const event of room.getLiveTimeline().getEvents())
      assert.equal(room.getMember(event.getSender()!)?.membership, 'join', 'who speaks is known');
    // An unnamed room is named after others in it, and those are known too.
    assert.match(room.name, /^member\d+ and 11 others$/);
    await lazy.sdk.scrollback(room, 10);
    const speakers = room
      .getLiveTimeline()
      .getEvents()
      .map((event) => event.getSender()!);
    assert.ok(new Set(speakers).size > 4);
    for (const speaker of speakers)
      assert.equal(room.getMember(speaker)?.membership, 'join', 'who spoke earlier is known');
    await room.loadMembersIfNeeded();
    assert.equal(known(), 13);
    // Who comes and goes from now on is told.
    await crowd[0]!.ok('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/leave`, {});
    await eventually('one fewer', () => room.getJoinedMemberCount() === 12 && known() === 12);
  });

  test('what a client missed is filled by scrolling back, each message once, and the state is of now', async () => {
    const alice = await stage().enter('alice');
    const bob = await stage().enter('bob');
    const roomId = await stage().room(alice, [bob]);
    const said: string[] = [];
    const say = async (body: string) => {
      said.push(body);
      await alice.sdk.sendTextMessage(roomId, body);
    };
    for (let n = 0; n < 5; n++) await say(`before ${n}`);
    await eventually('bob reads them', () => bob.readable(roomId).length === 5);
    const back = bob.pause();
    for (let n = 0; n < 20; n++) await say(`missed ${n}`);
    await alice.sdk.setRoomTopic(roomId, 'set in the gap');
    await alice.sdk.setRoomName(roomId, 'a name in the gap');
    for (let n = 0; n < 20; n++) await say(`missed later ${n}`);
    await alice.sdk.setRoomName(roomId, 'the last name');
    await say('the last');
    back();
    await eventually('bob is back', () => bob.readable(roomId).includes('the last'));
    assert.ok(bob.readable(roomId).length < said.length, 'there is a gap');
    assert.equal(stateOf(bob, roomId, 'm.room.topic')?.['topic'], 'set in the gap');
    assert.equal(bob.sdk.getRoom(roomId)!.name, 'the last name');
    assert.deepEqual(await bob.readEverything(roomId), said);
    const room = bob.sdk.getRoom(roomId)!;
    assert.deepEqual(shown(room), said);
    // Scrolling back to the beginning has not made old state the state of now.
    assert.equal(room.name, 'the last name');
  });

  // https://spec.matrix.org/v1.19/client-server-api/#room-upgrades
  test('an upgraded room is left for its successor, which has the name, the alias, the tags and a way back', async () => {
    const alice = await stage().enter('alice');
    const bob = await stage().enter('bob');
    const alias = `upgraded-${alice.account.deviceId.toLowerCase()}`;
    const request = {
      ...PUBLIC,
      room_version: '11',
      room_alias_name: alias,
      name: 'The room',
      topic: 'What it is for',
    };
    const old = await stage().room(alice, [bob], request);
    await bob.sdk.setRoomTag(old, 'm.favourite', { order: 0.5 });
    const { replacement_room: successor } = await alice.sdk.upgradeRoom(old, '12');
    await eventually('bob’s client sees the tombstone', () => stateOf(bob, old, 'm.room.tombstone'));
    assert.equal(stateOf(bob, old, 'm.room.tombstone')!['replacement_room'], successor);
    await assert.rejects(bob.sdk.sendTextMessage(old, 'too late'), { errcode: 'M_FORBIDDEN' });
    await bob.sdk.joinRoom(successor);
    const room = await eventually('bob is in the new room', () =>
      membership(bob, successor, bob.userId) === 'join' ? bob.sdk.getRoom(successor) : undefined,
    );
    assert.equal(room.getVersion(), '12');
    assert.equal(room.findPredecessor()?.roomId, old);
    assert.equal(room.name, 'The room');
    assert.equal(stateOf(bob, successor, 'm.room.topic')?.['topic'], 'What it is for');
    await eventually('the tag has come along', () => room.tags['m.favourite']?.order === 0.5);
    assert.deepEqual(
      bob.sdk.getRoomUpgradeHistory(successor, true).map((one) => one.roomId),
      [old, successor],
    );
    const { room_id: named } = await bob.sdk.getRoomIdForAlias(`#${alias}:hs1`);
    assert.equal(named, successor);
    await eventually('alice has moved too', () => membership(alice, successor, alice.userId) === 'join');
    await bob.sdk.sendTextMessage(successor, 'we are here');
    await eventually('alice reads it', () => alice.readable(successor).includes('we are here'));
  });
});
