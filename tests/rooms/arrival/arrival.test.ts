// Our users join rooms that are elsewhere, are invited to them and knock on them.
// https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Requester } from '../../../src/ports/contracts/requester.ts';
import { RoomData } from '../../../src/rooms/room-data.ts';
import { roomVersion } from '../../../src/events/room-versions.ts';
import { verifyEvent } from '../../../src/events/verify-event.ts';
import type { JsonObject } from '../../../src/spec/json.ts';
import { refusal } from '../refusal.ts';
import { alice, bob, charlie, said, TestRoom, World } from '../world.ts';
import { ForeignRoom, keysOf, signerOf, textOf } from './foreign-room.ts';

const INVALID = refusal(400, 'M_INVALID_PARAM');
const FORBIDDEN = refusal(403, 'M_FORBIDDEN');

interface Story {
  readonly world: World;
  readonly far: ForeignRoom;
  readonly room: TestRoom;
}

function story(version = '11', joinRule = 'public', world = new World()): Story {
  const far = new ForeignRoom(version, joinRule);
  return { world, far, room: new TestRoom(world, far.roomId) };
}

async function draft({ room, far }: Story, by: Requester, handshake: 'join' | 'leave' | 'knock' = 'join') {
  return room.room.arrival.draft(by, {
    handshake,
    roomVersion: far.version.id,
    template: far.template(by.userId, handshake),
    reason: undefined,
    content: {},
  });
}

async function join(told: Story, by: Requester, state = told.far.texts(), chain: string[] = []): Promise<string> {
  const { room, far } = told;
  const claim = await room.room.arrival.claim(far.version.id);
  assert.equal(claim.kind, 'yours');
  const number = claim.kind === 'yours' ? claim.claim : 0;
  const drafted = await draft(told, by);
  const keys = keysOf(far.signer);
  await room.room.arrival.stage(number, 'auth-chain', chain, keys);
  await room.room.arrival.stage(number, 'state', state, keys);
  await room.room.arrival.finish(number, by, { eventId: drafted.eventId, event: drafted.event, keys });
  return drafted.eventId;
}

function groupSees({ world, room }: Story, group: number): string[] {
  const entries = world.group(group).rooms.get(room.id)?.entries ?? [];
  return entries.flatMap(({ memberships }) => memberships.map(({ userId, membership }) => `${userId} ${membership}`));
}

for (const version of ['6', '10', '11', '12'])
  test(`v${version}: who has joined a room elsewhere is in it, with its state, and talks`, async () => {
    const told = story(version);
    const { room } = told;
    await join(told, alice);
    assert.ok(groupSees(told, 1).includes(`${alice.userId} join`));
    const name = await room.room.reading.stateEvent(alice, 'm.room.name', '');
    assert.deepEqual(name['content'], { name: 'far away' });
    const members = await room.room.reading.joinedMembers(alice);
    assert.deepEqual(members.map(({ userId }) => userId).toSorted(), [alice.userId, told.far.creator].toSorted());
    await room.send(alice, 'hello');
    const epoch = 2;
    const window = await room.window(alice, { epoch });
    assert.deepEqual(window.events.map(said), ['m.room.member', 'hello']);
    assert.ok(window.stateEvents.some((event) => said(event) === 'm.room.name'));
    room.world.restart();
    await room.send(alice, 'still here');
    await room.member(bob, 'join');
    await room.send(bob, 'me too');
  });

test('only what is sent after the join goes to the others in the room', async () => {
  const told = story();
  await join(told, alice);
  const id = await told.room.send(alice, 'hello');
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  const news = told.world.shard.rooms.get(told.room.id)?.news ?? [];
  const came = news.find(({ joined }) => joined.includes('far.test'))?.roomPos ?? 0;
  assert.deepEqual(
    news.filter(({ roomPos }) => roomPos > came).flatMap(({ event }) => event?.eventId ?? []),
    [id],
  );
});

test('what the room is, nobody knows before the last step, nor after it breaks off', async () => {
  const told = story();
  const { room, far } = told;
  const claim = await room.room.arrival.claim('11');
  assert.ok(claim.kind === 'yours');
  await room.room.arrival.stage(claim.claim, 'state', far.texts(), keysOf(far.signer));
  const looks = async (): Promise<void> => {
    await assert.rejects(room.room.reading.state(alice), FORBIDDEN);
    await assert.rejects(room.room.reading.stateEvent(alice, 'm.room.name', ''), FORBIDDEN);
    assert.equal(await room.room.lifecycle.exists(), false);
    await assert.rejects(room.room.serving.backfill('far.test', [far.last!.eventId], 5), FORBIDDEN);
    await assert.rejects(room.send(alice, 'hello'), FORBIDDEN);
  };
  await looks();
  room.world.restart();
  await looks();
  await room.room.arrival.abandon(claim.claim);
  await join(told, alice);
  await room.send(alice, 'in');
});

test('one brings a room here at a time, and who takes too long has lost it', async () => {
  const told = story();
  const { room, world } = told;
  const first = await room.room.arrival.claim('11');
  assert.ok(first.kind === 'yours');
  assert.equal((await room.room.arrival.claim('11')).kind, 'under-way');
  world.clock.pass(121_000);
  assert.equal((await room.room.arrival.claim('11')).kind, 'yours');
  await assert.rejects(room.room.arrival.stage(first.claim, 'state', told.far.texts(), []), refusal(409, 'M_UNKNOWN'));
});

test('a room that somebody of ours is in needs nobody to bring it', async () => {
  const told = story();
  await join(told, alice);
  assert.equal((await told.room.room.arrival.claim('11')).kind, 'resident');
  assert.equal((await told.room.room.arrival.standing(bob.userId)).resident, true);
});

test('forged and unsigned state is left out, and without what counts nobody joins', async () => {
  const told = story();
  const { far } = told;
  const forged = far.set('m.room.topic', '', { topic: 'forged' }, far.creator, signerOf('evil.test', 3));
  const stolen = JSON.stringify({ ...forged.json, content: { topic: 'changed' } });
  const texts = [
    ...far.texts().filter((text) => !text.includes('forged')),
    textOf(forged),
    stolen,
    '{"a":1,"a":2}',
    '[]',
  ];
  await join(told, alice, texts);
  await assert.rejects(told.room.room.reading.stateEvent(alice, 'm.room.topic', ''), refusal(404, 'M_NOT_FOUND'));
});

test('a state without the create event, or one that does not allow the join, lets nobody in', async () => {
  for (const [situation, change] of [
    ['no create event', (texts: string[]) => texts.filter((text) => !text.includes('m.room.create'))],
    ['no join rules', (texts: string[]) => texts.filter((text) => !text.includes('m.room.join_rules'))],
    ['nothing', () => []],
  ] as const) {
    const told = story();
    await assert.rejects(join(told, alice, change(told.far.texts())), INVALID, situation);
    await assert.rejects(told.room.room.reading.state(alice), FORBIDDEN);
    assert.deepEqual(groupSees(told, 1), []);
  }
  const closed = story('11', 'invite');
  await assert.rejects(join(closed, alice), INVALID);
});

test('a state whose create event is of another version lets nobody in', async () => {
  const told = story('11');
  const { far, room } = told;
  const other = new ForeignRoom('10');
  const claim = await room.room.arrival.claim('11');
  assert.ok(claim.kind === 'yours');
  await room.room.arrival.stage(claim.claim, 'state', other.texts(), keysOf(far.signer));
  const drafted = await draft(told, alice);
  await assert.rejects(room.room.arrival.finish(claim.claim, alice, { ...drafted, keys: keysOf(far.signer) }), INVALID);
});

const HOSTILE: readonly [situation: string, changes: JsonObject][] = [
  ['another type', { type: 'm.room.power_levels' }],
  ['another room', { room_id: '!other:far.test' }],
  ['another sender', { sender: '@frank:far.test' }],
  ['another target', { state_key: '@frank:far.test' }],
  ['another membership', { content: { membership: 'ban' } }],
  ['no content', { content: 'join' }],
  ['too many prev_events', { prev_events: Array.from({ length: 21 }, (_, index) => `$${index}:x`) }],
  ['prev_events that are none', { prev_events: [7] }],
  ['no auth_events', { auth_events: undefined as never }],
  ['a depth that is none', { depth: -1 }],
  ['a depth beyond all', { depth: 2 ** 60 }],
  ['a voucher that is nobody', { content: { membership: 'join', join_authorised_via_users_server: 'x' } }],
];
for (const [situation, changes] of HOSTILE)
  test(`nothing is signed of a template with ${situation}`, async () => {
    const { room, far } = story();
    const template = { ...far.template(alice.userId, 'join'), ...changes };
    const wanted = { handshake: 'join', roomVersion: '11', template, reason: undefined, content: {} } as const;
    await assert.rejects(room.room.arrival.draft(alice, wanted), INVALID);
  });

test('of a template only the references, the depth and the voucher get into what we sign', async () => {
  const { room, far } = story();
  const template = {
    ...far.template(alice.userId, 'join'),
    content: { membership: 'join', displayname: 'Mallory', evil: true },
    origin_server_ts: 1,
    unsigned: { evil: true },
    evil: true,
  };
  const wanted = { handshake: 'join', roomVersion: '11', template, reason: 'hello', content: {} } as const;
  const { event } = await room.room.arrival.draft(alice, wanted);
  assert.ok(!event.includes('evil'.repeat(1) + '"') && !event.includes('Mallory'), event);
  const content: JsonObject = JSON.parse(event)['content'];
  assert.deepEqual(content, { displayname: 'alice', membership: 'join', reason: 'hello' });
});

async function invite(
  told: Story,
  target = alice.userId,
  changes: { event?: string; eventId?: string; version?: string } = {},
) {
  const { far, room } = told;
  const pdu = far.set('m.room.member', target, { membership: 'invite' });
  return room.room.arrival.receiveInvite('far.test', {
    eventId: changes.eventId ?? pdu.eventId,
    roomVersion: changes.version ?? far.version.id,
    event: changes.event ?? textOf(pdu),
    introduction: far.texts().slice(0, 5),
    keys: keysOf(far.signer),
  });
}

for (const version of ['10', '12'])
  test(`v${version}: who is invited from elsewhere is told so, with what the room is, and our signature is on the invite`, async () => {
    const told = story(version, 'invite');
    const signed = await invite(told);
    const ours = new Map([[told.world.signer.keyId, told.world.signer.publicKey]]);
    assert.equal(verifyEvent(JSON.parse(signed), roomVersion(version)!, 'hearth.test', ours), 'valid');
    assert.deepEqual(groupSees(told, 1), [`${alice.userId} invite`]);
    const entry = told.world.group(1).rooms.get(told.room.id)!.entries[0]!.memberships[0]!;
    assert.ok(entry.strippedState?.some((event) => said(event) === 'm.room.name'));
    assert.ok(entry.strippedState?.every((event) => event['signatures'] === undefined));
    await assert.rejects(told.room.room.reading.state(alice), FORBIDDEN);
    const standing = await told.room.room.arrival.standing(alice.userId);
    assert.deepEqual(standing, { resident: false, membership: 'invite', by: told.far.creator });
  });

test('who was invited joins, and is told nothing that is over', async () => {
  const told = story('11', 'invite');
  await invite(told);
  const before = told.world.group(1).rooms.get(told.room.id)!.pos;
  await join(told, alice);
  assert.ok(told.room.pos > before);
  assert.equal(
    (await told.room.room.reading.stateEvent(alice, 'm.room.member', alice.userId))['content'] !== undefined,
    true,
  );
  await told.room.send(alice, 'thanks');
});

test('who rejects an invite from elsewhere is rid of it, whoever else hears of that', async () => {
  const told = story('11', 'invite');
  await invite(told);
  await told.room.room.arrival.leave(alice);
  assert.deepEqual(groupSees(told, 1), [`${alice.userId} invite`, `${alice.userId} leave`]);
  await told.room.room.arrival.leave(alice);
  assert.equal(groupSees(told, 1).length, 2, 'once');
  await assert.rejects(told.room.room.arrival.leave(bob), FORBIDDEN);
  told.world.restart();
  assert.equal((await told.room.room.arrival.standing(alice.userId)).membership, 'leave');
});

test('the same invite again changes nothing, another one after a leave does', async () => {
  const told = story('11', 'invite');
  const signed = await invite(told);
  const eventId = told.far.last!.eventId;
  await told.room.room.arrival.receiveInvite('far.test', {
    eventId,
    roomVersion: '11',
    event: signed,
    introduction: [],
    keys: keysOf(told.far.signer),
  });
  assert.equal(groupSees(told, 1).length, 1);
  await told.room.room.arrival.leave(alice);
  await invite(told);
  assert.deepEqual(groupSees(told, 1).at(-1), `${alice.userId} invite`);
});

test('what is no invite of ours is not signed', async () => {
  const told = story('11', 'invite');
  const { far } = told;
  await assert.rejects(invite(told, '@nobody:hearth.test'), refusal(404, 'M_NOT_FOUND'));
  await assert.rejects(invite(told, '@hana:hon.test'), INVALID);
  await assert.rejects(invite(told, alice.userId, { eventId: '$other' }), INVALID);
  await assert.rejects(invite(told, alice.userId, { version: '99' }), refusal(400, 'M_INCOMPATIBLE_ROOM_VERSION'));
  const message = far.set('m.room.message', undefined, { membership: 'invite' });
  await assert.rejects(invite(told, bob.userId, { event: textOf(message), eventId: message.eventId }), INVALID);
  const ban = far.set('m.room.member', charlie.userId, { membership: 'ban' });
  await assert.rejects(invite(told, bob.userId, { event: textOf(ban), eventId: ban.eventId }), INVALID);
  const forged = far.set('m.room.member', bob.userId, { membership: 'invite' }, far.creator, signerOf('far.test', 4));
  await assert.rejects(invite(told, bob.userId, { event: textOf(forged), eventId: forged.eventId }), INVALID);
  assert.deepEqual(groupSees(told, 1), []);
  assert.equal(new RoomData(told.world.env(told.room.id)).known, undefined, 'nothing is written');
});

test('v12: an invite that does not prove what the room is, is refused', async () => {
  const told = story('12', 'invite');
  const pdu = told.far.set('m.room.member', alice.userId, { membership: 'invite' });
  const base = { eventId: pdu.eventId, roomVersion: '12', event: textOf(pdu), keys: keysOf(told.far.signer) };
  const { arrival } = told.room.room;
  const name = told.far.texts().filter((text) => text.includes('m.room.name'));
  await assert.rejects(arrival.receiveInvite('far.test', { ...base, introduction: name }), INVALID);
  const stripped = JSON.stringify({ type: 'm.room.create', state_key: '', sender: told.far.creator, content: {} });
  await assert.rejects(arrival.receiveInvite('far.test', { ...base, introduction: [stripped] }), INVALID);
});

test('who knocks elsewhere is shown the room, and can take the knock back', async () => {
  const told = story('11', 'knock');
  const drafted = await draft(told, alice, 'knock');
  await told.room.room.arrival.knocked(alice, { ...drafted, roomVersion: '11', introduction: told.far.texts() });
  const entry = told.world.group(1).rooms.get(told.room.id)!.entries[0]!.memberships[0]!;
  assert.equal(entry.membership, 'knock');
  assert.ok(entry.strippedState?.some((event) => said(event) === 'm.room.name'));
  await told.room.room.arrival.leave(alice);
  assert.deepEqual(groupSees(told, 1).at(-1), `${alice.userId} leave`);
});

test('who comes back to a room that all of ours had left finds it as it is now', async () => {
  const told = story();
  await join(told, alice);
  await told.room.send(alice, 'before');
  await told.room.member(alice, 'leave');
  const { far } = told;
  far.set('m.room.name', '', { name: 'renamed' });
  far.set('m.room.member', '@new:far.test', { membership: 'join' }, '@new:far.test');
  await join(told, bob);
  const name = await told.room.room.reading.stateEvent(bob, 'm.room.name', '');
  assert.deepEqual(name['content'], { name: 'renamed' });
  const members = (await told.room.room.reading.joinedMembers(bob)).map(({ userId }) => userId);
  assert.deepEqual(members.toSorted(), [bob.userId, far.creator, '@new:far.test'].toSorted());
  await told.room.send(bob, 'after');
  const left = await told.room.page(alice, { limit: 20 });
  assert.ok(!left.chunk.map(said).includes('after'));
});
