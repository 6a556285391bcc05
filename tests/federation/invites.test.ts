// Invites of our users by other servers, over the wire (P34). https://spec.matrix.org/v1.19/server-server-api/#inviting-to-a-room
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomVersion } from '../../src/events/room-versions.ts';
import { hashAndSignEvent } from '../../src/events/sign-event.ts';
import { signerFromSeed, type Signer } from '../../src/events/signing-key.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import type { ScriptedServer } from './scripted-server.ts';
import { encoded, idOf } from './visitor.ts';
import { FederationWorld, someone } from './world.ts';

interface Invite {
  readonly roomId: string;
  readonly version: string;
  readonly eventId: string;
  readonly event: JsonObject;
  readonly create: JsonObject;
}

/** A room that is on `evil.test` alone, and an invite of one of ours to it. */
function anInvite(
  server: ScriptedServer,
  version: string,
  target: string,
  changes: JsonObject = {},
  signer: Signer = server.signer,
): Invite {
  const rules = roomVersion(version)!;
  const by = `@eve:${server.name}`;
  const named = !rules.roomIdIsCreateHash;
  const create = hashAndSignEvent(
    {
      type: 'm.room.create',
      state_key: '',
      sender: by,
      content: { room_version: version, ...(named ? { creator: by } : {}) },
      ...(named ? { room_id: '!there:evil.test' } : {}),
      prev_events: [],
      auth_events: [],
      depth: 1,
      origin_server_ts: 1_700_000_000_000,
      ...(rules.eventId === 'carried' ? { event_id: '$create:evil.test' } : {}),
    },
    rules,
    server.signer,
  );
  const roomId = named ? '!there:evil.test' : `!${idOf(create, version).slice(1)}`;
  const event = hashAndSignEvent(
    {
      type: 'm.room.member',
      state_key: target,
      sender: by,
      room_id: roomId,
      content: { membership: 'invite' },
      prev_events: [],
      auth_events: [],
      depth: 2,
      origin_server_ts: 1_700_000_000_000,
      ...(rules.eventId === 'carried' ? { event_id: '$invite:evil.test' } : {}),
      ...changes,
    },
    rules,
    signer,
  );
  return { roomId, version, eventId: idOf(event, version), event, create };
}

async function aWorld() {
  const world = new FederationWorld();
  const hs1 = world.hearth('hs1.test');
  const alice = await someone(hs1, 'alice');
  const server = world.scripted('evil.test');
  const v2 = ({ roomId, eventId, event, version, create }: Invite, more: JsonObject = {}) =>
    server.ask(
      'hs1.test',
      'PUT',
      `/_matrix/federation/v2/invite/${encoded(roomId)}/${encoded(eventId)}`,
      JSON.stringify({ room_version: version, event, invite_room_state: [create], ...more }),
    );
  const v1 = ({ roomId, eventId, event, create }: Invite) =>
    server.ask(
      'hs1.test',
      'PUT',
      `/_matrix/federation/v1/invite/${encoded(roomId)}/${encoded(eventId)}`,
      JSON.stringify({ ...event, unsigned: { invite_room_state: [create] } }),
    );
  return { world, hs1, alice, server, v1, v2 };
}

for (const version of ['1', '6', '10', '11', '12'])
  test(`v${version}: an invite is signed by us, otherwise untouched, and the user is told`, async () => {
    const { alice, server, v2 } = await aWorld();
    const invite = anInvite(server, version, alice.userId);
    const { status, json } = await v2(invite);
    assert.equal(status, 200);
    const { signatures, ...event } = json['event'] as JsonObject;
    const { signatures: theirs, ...sent } = invite.event;
    assert.deepEqual(event, sent);
    assert.deepEqual(Object.keys(signatures as object).toSorted(), ['evil.test', 'hs1.test']);
    assert.deepEqual((signatures as JsonObject)['evil.test'], (theirs as JsonObject)['evil.test']);
    const room = (await alice.sync()).rooms?.invite?.[invite.roomId];
    assert.ok(room?.invite_state?.events.some(({ type }) => type === 'm.room.create'));
  });

test('an invite in the older way is for the oldest rooms, and is answered in the older way', async () => {
  const { alice, server, v1 } = await aWorld();
  const invite = anInvite(server, '1', alice.userId);
  const { status, json } = await v1(invite);
  const [code, { event }] = json as unknown as [number, { event: JsonObject }];
  assert.deepEqual([status, code], [200, 200]);
  assert.deepEqual(Object.keys(event['signatures'] as object).toSorted(), ['evil.test', 'hs1.test']);
  assert.ok((await alice.sync()).rooms?.invite?.[invite.roomId]);
});

const stranger = signerFromSeed('evil.test', 'ed25519:e1', new Uint8Array(32).fill(1));

for (const [situation, changes, signer] of [
  ['of another type', { type: 'm.room.name' }],
  ['with another membership', { content: { membership: 'join' } }],
  ['with no membership', { content: {} }],
  ['of a user of another server', { sender: '@hana:hon.test' }],
  ['of one of our users', { sender: '@alice:hs1.test' }],
  ['for a user of another server', { state_key: '@hana:hon.test' }],
  ['for nobody', { state_key: '' }],
  ['for a room that the path does not name', { room_id: '!other:evil.test' }],
  ['signed by another key', {}, stranger],
] satisfies readonly (readonly [string, JsonObject, Signer?])[])
  for (const way of ['v1', 'v2'] as const)
    test(`${way}: what is ${situation} is not signed`, async () => {
      const { hs1, alice, server, ...ways } = await aWorld();
      const version = way === 'v1' ? '1' : '10';
      const right = anInvite(server, version, alice.userId);
      const wrong = anInvite(server, version, alice.userId, changes, signer);
      const { status, json } = await ways[way]({ ...wrong, roomId: right.roomId });
      assert.deepEqual([status, json['errcode']], [400, 'M_INVALID_PARAM']);
      assert.ok(!JSON.stringify(json).includes('hs1.test'));
      assert.equal((await alice.sync()).rooms?.invite, undefined);
      assert.deepEqual(hs1.errors, []);
    });

test('an invite to a room of a version that is not known, or for nobody here, is refused', async () => {
  const { alice, server, v2 } = await aWorld();
  const unknown = await v2(anInvite(server, '10', alice.userId), { room_version: '99' });
  assert.deepEqual([unknown.status, unknown.json['errcode']], [400, 'M_INCOMPATIBLE_ROOM_VERSION']);
  const nobody = await v2(anInvite(server, '10', '@nobody:hs1.test'));
  assert.deepEqual([nobody.status, nobody.json['errcode']], [404, 'M_NOT_FOUND']);
});

test('where rooms are named by their create event, an invite proves the room', async () => {
  const { alice, server, v2 } = await aWorld();
  const invite = anInvite(server, '12', alice.userId);
  for (const state of [[], [{ type: 'm.room.create', state_key: '', content: {}, sender: '@eve:evil.test' }], ['x']]) {
    const answer = await v2(invite, { invite_room_state: state });
    assert.deepEqual([answer.status, answer.json['errcode']], [400, 'M_INVALID_PARAM']);
  }
});

test('bodies of another shape are refused', async () => {
  const { alice, server, v2, hs1 } = await aWorld();
  const invite = anInvite(server, '10', alice.userId);
  for (const more of [{ event: null }, { event: [] }, { room_version: 10 }, { invite_room_state: {} }] as JsonObject[])
    assert.equal((await v2(invite, more)).status, 400, JSON.stringify(more));
  assert.deepEqual(hs1.errors, []);
});
