// Users of other servers who join a room of ours, leave it or knock on it. https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashAndSignEvent } from '../../../src/events/sign-event.ts';
import { readPdu } from '../../../src/events/read-pdu.ts';
import { roomVersion } from '../../../src/events/room-versions.ts';
import { signerFromSeed, type Signer } from '../../../src/events/signing-key.ts';
import { verifyEvent } from '../../../src/events/verify-event.ts';
import type { Handshake } from '../../../src/ports/contracts/room-handshakes.ts';
import type { ServerKeys } from '../../../src/ports/contracts/servers-keys.ts';
import { encodeBase64 } from '../../../src/spec/base64.ts';
import type { JsonObject } from '../../../src/spec/json.ts';
import { refusal } from '../refusal.ts';
import { Elsewhere } from '../serving/elsewhere.ts';
import { alice, aRoom, bob, said, type TestRoom } from '../world.ts';

const EVIL = 'evil.test';
const EVE = '@eve:evil.test';
const FORBIDDEN = refusal(403, 'M_FORBIDDEN');
const INVALID = refusal(400, 'M_INVALID_PARAM');
const VERSIONS = ['10', '11', '12'];
const signer = signerFromSeed(EVIL, 'ed25519:e', new Uint8Array(32).fill(5));

function keysOf(...signers: Signer[]): ServerKeys[] {
  return signers.map(({ serverName, keyId, publicKey }) => ({
    serverName,
    keys: [{ keyId, key: encodeBase64(publicKey), validUntilTs: 4_000_000_000_000 }],
  }));
}

interface Completed {
  readonly eventId: string;
  readonly text: string;
}

/** What a server makes of a template. */
function complete(template: JsonObject, version: string, changes: JsonObject = {}, by = signer): Completed {
  const found = roomVersion(version)!;
  const event = hashAndSignEvent({ ...template, origin_server_ts: 1_700_000_000_500, ...changes }, found, by);
  const reading = readPdu(event, found);
  assert.ok(reading.ok, 'the test makes an event');
  return { eventId: reading.pdu.eventId, text: JSON.stringify(event) };
}

async function template(room: TestRoom, handshake: Handshake = 'join', userId = EVE): Promise<JsonObject> {
  const { event } = await room.room.handshakes.template(EVIL, { handshake, userId, versions: VERSIONS });
  return event;
}

async function submit(room: TestRoom, { eventId, text }: Completed, handshake: Handshake = 'join') {
  return room.room.handshakes.accept(EVIL, handshake, eventId, text, keysOf(signer));
}

async function membership(room: TestRoom, userId = EVE): Promise<unknown> {
  return (await room.room.reading.stateEvent(alice, 'm.room.member', userId).catch(() => ({ content: {} })))['content'];
}

for (const version of VERSIONS)
  test(`v${version}: a server joins with an event made of the template, and is told to the other servers`, async () => {
    const room = await aRoom(version);
    new Elsewhere(room, '@hana:hon.test');
    const made = complete(await template(room), version);
    const { event } = await submit(room, made);
    assert.deepEqual(await membership(room), { membership: 'join' });
    assert.deepEqual(JSON.parse(event), JSON.parse(made.text), 'nothing is changed in it');
    const known = new Elsewhere(room).data.byId(made.eventId)!;
    assert.ok(new Elsewhere(room).data.relays.between(0, 100).has(known.roomPos!));
    const { stateIds } = await room.room.serving.stateIds(EVIL, made.eventId);
    assert.ok(!stateIds.includes(made.eventId), 'the state answered is the one before the join');
  });

test('the same join again is answered the same and happens once', async () => {
  const room = await aRoom('11');
  const made = complete(await template(room), '11');
  const first = await submit(room, made);
  const position = new Elsewhere(room).data.head.roomPos;
  assert.deepEqual(await submit(room, made), first);
  room.world.restart();
  assert.deepEqual(await submit(room, made), first);
  assert.equal(new Elsewhere(room).data.head.roomPos, position);
});

test('a server leaves, and knocks, in the same way; who knocks is shown what the room is', async () => {
  const room = await aRoom('11', { joinRule: 'knock' });
  const knock = complete(await template(room, 'knock'), '11');
  const { introduction } = await submit(room, knock, 'knock');
  const shown = introduction.map((text): JsonObject => JSON.parse(text));
  assert.ok(shown.some((event) => said(event) === 'm.room.create'));
  assert.ok(
    shown.every((event) => event['signatures'] !== undefined),
    'as whole events',
  );
  assert.deepEqual(await membership(room), { membership: 'knock' });
  const leave = complete(await template(room, 'leave'), '11');
  await submit(room, leave, 'leave');
  assert.deepEqual(await membership(room), { membership: 'leave' });
});

test('no template for a room that is not here, or in which nobody of ours is left', async () => {
  const missing = refusal(404, 'M_NOT_FOUND');
  const room = await aRoom('11');
  const wanted = { handshake: 'join', userId: EVE, versions: VERSIONS } as const;
  await assert.rejects(room.world.room('!none:hearth.test').handshakes.template(EVIL, wanted), missing);
  const made = complete(await template(room), '11');
  await submit(room, made);
  await room.member(alice, 'leave');
  await assert.rejects(template(room, 'leave'), missing);
});

test('no template for a user of another server, nor for one of ours', async () => {
  const room = await aRoom('11');
  for (const userId of [
    '@hana:hon.test',
    alice.userId,
    bob.userId,
    'eve',
    '@eve:evil.test:evil.test',
    '@eve:EVIL.test',
  ])
    await assert.rejects(template(room, 'join', userId), FORBIDDEN, userId);
});

test('no template for a server that does not know the version of the room, which it is told', async () => {
  const room = await aRoom('11');
  const wanted = { handshake: 'join', userId: EVE, versions: ['1', '10'] } as const;
  await assert.rejects(room.room.handshakes.template(EVIL, wanted), (error: unknown) => {
    assert.ok(refusal(400, 'M_INCOMPATIBLE_ROOM_VERSION')(error));
    assert.ok(JSON.stringify(error).includes('"11"'));
    return true;
  });
});

for (const [situation, prepare] of [
  [
    'who is banned',
    (room: TestRoom) => room.room.writing.changeMembership(alice, { target: EVE, membership: 'ban', operation: 'ban' }),
  ],
  [
    'who is not invited, where one has to be',
    (room: TestRoom) => room.state(alice, 'm.room.join_rules', '', { join_rule: 'invite' }),
  ],
  [
    'whom the room keeps out',
    (room: TestRoom) => room.state(alice, 'm.room.server_acl', '', { allow: ['*'], deny: [EVIL] }),
  ],
] as const)
  test(`${situation} gets no template, and does not come in with one from before`, async () => {
    const room = await aRoom('11');
    const before = complete(await template(room), '11');
    await prepare(room);
    await assert.rejects(template(room), FORBIDDEN);
    const position = new Elsewhere(room).data.head.eventCount;
    await assert.rejects(submit(room, before), FORBIDDEN);
    assert.equal(new Elsewhere(room).data.head.eventCount, position, 'no trace is left');
  });

test('nobody joins a room that does not federate', async () => {
  const { World } = await import('../world.ts');
  const world = new World();
  const { roomId, pdu } = await world.home.draftCreateEvent({
    sender: alice.userId,
    roomVersion: '11',
    content: { 'm.federate': false },
  });
  await world
    .room(roomId)
    .writing.create(alice, pdu, [
      { kind: 'state', type: 'm.room.join_rules', stateKey: '', content: { join_rule: 'public' } },
    ]);
  const wanted = { handshake: 'join', userId: EVE, versions: VERSIONS } as const;
  await assert.rejects(world.room(roomId).handshakes.template(EVIL, wanted), FORBIDDEN);
});

const WRONG: readonly [situation: string, changes: JsonObject][] = [
  ['of another type', { type: 'm.room.message' }],
  ['of another membership', { content: { membership: 'ban' } }],
  ['of another room', { room_id: '!other:hearth.test' }],
  ['about another user', { state_key: '@fred:evil.test' }],
  ['of a user elsewhere', { sender: '@hana:hon.test', state_key: '@hana:hon.test' }],
  ['of one of our users', { sender: bob.userId, state_key: bob.userId }],
  ['without a state key', { state_key: undefined as never }],
  ['of a depth that is none', { depth: -1 }],
];
for (const [situation, changes] of WRONG)
  test(`an event ${situation} is not taken for a join`, async () => {
    const room = await aRoom('11');
    const base = { ...(await template(room)), ...changes };
    if (changes['state_key'] === undefined && 'state_key' in changes)
      delete (base as Record<string, unknown>)['state_key'];
    const event = hashAndSignEvent({ ...base, origin_server_ts: 5 }, roomVersion('11')!, signer);
    const reading = readPdu(event, roomVersion('11')!);
    const count = new Elsewhere(room).data.head.eventCount;
    await assert.rejects(
      submit(room, { eventId: reading.ok ? reading.pdu.eventId : '$x', text: JSON.stringify(event) }),
      INVALID,
    );
    assert.equal(new Elsewhere(room).data.head.eventCount, count);
  });

test('an event with another id than it has, or that is no event, is refused', async () => {
  const room = await aRoom('11');
  const made = complete(await template(room), '11');
  await assert.rejects(submit(room, { ...made, eventId: '$other' }), INVALID);
  for (const text of ['', '[]', 'null', '{"a":1,"a":2}', made.text.slice(1), `${made.text.slice(0, -1)},"depth":5}`])
    await assert.rejects(submit(room, { ...made, text }), INVALID, text.slice(0, 20));
});

test('an event that is not signed by its server, or by a key that was not good then, is refused', async () => {
  const room = await aRoom('11');
  const forged = complete(
    await template(room),
    '11',
    {},
    signerFromSeed(EVIL, 'ed25519:e', new Uint8Array(32).fill(6)),
  );
  await assert.rejects(submit(room, forged), INVALID);
  const made = complete(await template(room), '11');
  const { handshakes } = room.room;
  await assert.rejects(handshakes.accept(EVIL, 'join', made.eventId, made.text, []), INVALID);
  const old = keysOf(signer).map((server) => ({
    ...server,
    keys: server.keys.map(({ keyId, key }) => ({ keyId, key, expiredTs: 1_600_000_000_000 })),
  }));
  await assert.rejects(handshakes.accept(EVIL, 'join', made.eventId, made.text, old), INVALID);
  const others = keysOf(signer).map((server) => ({ ...server, serverName: 'hon.test' }));
  await assert.rejects(handshakes.accept(EVIL, 'join', made.eventId, made.text, others), INVALID);
});

test('an event that names prev_events which nobody knows is refused', async () => {
  const room = await aRoom('11');
  const made = complete(await template(room), '11', { prev_events: ['$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'] });
  await assert.rejects(submit(room, made), INVALID);
});

async function restricted(): Promise<{ room: TestRoom; lobby: TestRoom }> {
  const lobby = await aRoom('11');
  const room = await aRoom('11', { world: lobby.world });
  await room.state(alice, 'm.room.join_rules', '', {
    join_rule: 'restricted',
    allow: [{ type: 'm.room_membership', room_id: lobby.id }],
  });
  return { room, lobby };
}

test('who is in a room that the join rule names is vouched for by one of us, and our signature is added', async () => {
  const { room, lobby } = await restricted();
  await assert.rejects(template(room), FORBIDDEN);
  await submit(lobby, complete(await template(lobby), '11'));
  const made = complete(await template(room), '11');
  assert.ok(made.text.includes(`"join_authorised_via_users_server":"${alice.userId}"`));
  const { event } = await submit(room, made);
  const ours = new Map([[room.world.signer.keyId, room.world.signer.publicKey]]);
  assert.equal(verifyEvent(JSON.parse(event), roomVersion('11')!, 'hearth.test', ours), 'valid');
  assert.equal(
    verifyEvent(JSON.parse(event), roomVersion('11')!, EVIL, new Map([['ed25519:e', signer.publicKey]])),
    'valid',
  );
});

test('nothing of ours is signed for who is in none of the rooms any more', async () => {
  const { room, lobby } = await restricted();
  await submit(lobby, complete(await template(lobby), '11'));
  const made = complete(await template(room), '11');
  await submit(lobby, complete(await template(lobby, 'leave'), '11'), 'leave');
  await assert.rejects(submit(room, made), FORBIDDEN);
});

test('what we knew of a room when the last of us left it vouches for nobody', async () => {
  const { room, lobby } = await restricted();
  await submit(lobby, complete(await template(lobby), '11'));
  await lobby.member(alice, 'leave');
  await assert.rejects(template(room), refusal(400, 'M_UNABLE_TO_AUTHORISE_JOIN'));
});

test('who names a voucher where nobody has to vouch gets no signature of ours for it', async () => {
  const room = await aRoom('11');
  const content = { membership: 'join', join_authorised_via_users_server: alice.userId };
  await assert.rejects(submit(room, complete(await template(room), '11', { content })), INVALID);
});

test('a condition that we cannot check, and one that nobody of ours could act on, are told apart', async () => {
  const { room, lobby } = await restricted();
  await room.state(alice, 'm.room.join_rules', '', {
    join_rule: 'restricted',
    allow: [{ type: 'm.room_membership', room_id: '!unknown:hon.test' }],
  });
  await assert.rejects(template(room), refusal(400, 'M_UNABLE_TO_AUTHORISE_JOIN'));
  await submit(lobby, complete(await template(lobby), '11'));
  await room.state(alice, 'm.room.join_rules', '', {
    join_rule: 'restricted',
    allow: [{ type: 'm.room_membership', room_id: lobby.id }],
  });
  await room
    .state(alice, 'm.room.power_levels', '', { users: { [alice.userId]: 100 }, invite: 101 })
    .catch(() => undefined);
  await room.member(bob, 'join').catch(() => undefined);
  await room.state(alice, 'm.room.power_levels', '', { users: { [alice.userId]: 50 }, invite: 60, state_default: 50 });
  await assert.rejects(template(room), refusal(400, 'M_UNABLE_TO_GRANT_JOIN'));
});

test('an invite of a user elsewhere is in the room once the other server has signed it', async () => {
  const room = await aRoom('11');
  const invite = { target: EVE, membership: 'invite', operation: 'invite' } as const;
  const drafted = await room.room.handshakes.draftInvite(alice, invite);
  assert.ok(drafted !== undefined);
  assert.deepEqual(await membership(room), {}, 'nothing is written before');
  const { signEvent } = await import('../../../src/events/sign-event.ts');
  const both = JSON.stringify(signEvent(JSON.parse(drafted.event), roomVersion('11')!, signer));
  const { handshakes } = room.room;
  await assert.rejects(handshakes.completeInvite(alice, EVE, drafted.eventId, drafted.event, keysOf(signer)), INVALID);
  await assert.rejects(handshakes.completeInvite(bob, EVE, drafted.eventId, both, keysOf(signer)), INVALID);
  await handshakes.completeInvite(alice, EVE, drafted.eventId, both, keysOf(signer));
  assert.deepEqual(await membership(room), { membership: 'invite' });
  assert.equal(await handshakes.draftInvite(alice, invite), undefined, 'who is invited is not invited again');
});

test('an invite that may not happen any more when it comes back is refused', async () => {
  const room = await aRoom('11');
  const drafted = await room.room.handshakes.draftInvite(alice, {
    target: EVE,
    membership: 'invite',
    operation: 'invite',
  });
  await room.room.writing.changeMembership(alice, { target: EVE, membership: 'ban', operation: 'ban' });
  const { signEvent } = await import('../../../src/events/sign-event.ts');
  const both = JSON.stringify(signEvent(JSON.parse(drafted!.event), roomVersion('11')!, signer));
  await assert.rejects(
    room.room.handshakes.completeInvite(alice, EVE, drafted!.eventId, both, keysOf(signer)),
    FORBIDDEN,
  );
  await assert.rejects(
    room.room.handshakes.draftInvite(bob, { target: EVE, membership: 'invite', operation: 'invite' }),
    FORBIDDEN,
  );
});
