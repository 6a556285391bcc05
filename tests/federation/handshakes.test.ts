// Users of other servers who join, leave and knock, over the wire (P31 to P33, P35).
// https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/spec/json.ts';
import { roomPath } from '../black-box/client.ts';
import { signerFromSeed } from '../../src/events/signing-key.ts';
import { idOf, Visitor } from './visitor.ts';
import { FederationWorld, someone } from './world.ts';

const VERSIONS = ['1', '6', '10', '11', '12'];

async function aWorld(room: object = {}, version = '11') {
  const world = new FederationWorld();
  const hs1 = world.hearth('hs1.test');
  const alice = await someone(hs1, 'alice');
  const roomId = await alice.createRoom({ preset: 'public_chat', room_version: version, ...room });
  const eve = new Visitor(world.scripted('evil.test'), 'hs1.test');
  const membership = async (userId = eve.userId): Promise<unknown> => {
    const { body } = await alice.call('GET', `${roomPath(roomId)}/state/m.room.member/${userId}`);
    return body['membership'];
  };
  return { world, hs1, alice, roomId, eve, membership };
}

const code = ({ status, json }: { status: number; json: Readonly<Record<string, unknown>> }) => [
  status,
  json['errcode'],
];

for (const version of VERSIONS)
  test(`v${version}: a server joins, is told the whole state before its join, and leaves again`, async () => {
    const { roomId, eve, membership, alice } = await aWorld({ name: 'A room' }, version);
    const before = (await alice.ok('GET', `${roomPath(roomId)}/state`)).body as unknown as JsonObject[];
    const { answer, eventId, text } = await eve.join(roomId);
    assert.equal(await membership(), 'join');
    const { state, auth_chain: chain, event, ...others } = answer.json as { [name: string]: JsonObject[] };
    assert.deepEqual(others, {});
    assert.deepEqual(
      new Set(state!.map((one) => idOf(one, version))),
      new Set(before.map((one) => String(one['event_id']))),
    );
    assert.deepEqual(event, JSON.parse(text), 'nothing is changed in it');
    const known = new Set([...state!, ...chain!].map((one) => idOf(one, version)));
    const cited = [event as unknown as JsonObject, ...state!, ...chain!].flatMap(
      (one) => one['auth_events'] as string[],
    );
    for (const id of cited) assert.ok(known.has(typeof id === 'string' ? id : id[0]!), 'every auth event is there');
    const inChain = new Set(chain!.map((one) => idOf(one, version)));
    for (const id of (event as unknown as JsonObject)['auth_events'] as string[])
      assert.ok(inChain.has(typeof id === 'string' ? id : id[0]!), 'those of the join are in the chain');
    assert.ok(!known.has(eventId));
    await eve.shake('leave', roomId);
    assert.equal(await membership(), 'leave');
  });

test('a server knocks and is shown what the room is', async () => {
  const { roomId, eve, membership } = await aWorld({
    preset: 'private_chat',
    initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }],
  });
  const { answer } = await eve.shake('knock', roomId);
  const state = answer.json['knock_room_state'] as JsonObject[];
  assert.ok(state.some(({ type }) => type === 'm.room.create'));
  assert.ok(state.every(({ signatures, hashes }) => signatures !== undefined && hashes !== undefined));
  assert.equal(await membership(), 'knock');
});

test('the same join again is answered the same; fifty at once are one', async () => {
  const { roomId, eve, hs1 } = await aWorld();
  const submission = eve.complete(await eve.make('join', roomId));
  const answers = await Promise.all(Array.from({ length: 50 }, () => eve.submit('join', roomId, submission)));
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.equal(answers[0]!.status, 200);
  assert.deepEqual(hs1.errors, []);
});

test('fifty users at once join one after another, and nobody after the ban that was told', async () => {
  const { roomId, eve, alice, membership } = await aWorld();
  const others = Array.from({ length: 49 }, (_, n) => new Visitor(eve.server, 'hs1.test', `u${n}`));
  const submissions = [];
  for (const visitor of [eve, ...others]) {
    const made = visitor.complete(await visitor.make('join', roomId));
    submissions.push(() => visitor.submit('join', roomId, made));
  }
  const banned = alice.ok('POST', `${roomPath(roomId)}/ban`, { user_id: eve.userId });
  const answers = await Promise.all(submissions.map((submit) => submit()));
  await banned;
  assert.ok(answers.slice(1).every(({ status }) => status === 200));
  assert.ok([200, 403].includes(answers[0]!.status));
  assert.equal(await membership(), 'ban');
  const joined = (await alice.ok('GET', `${roomPath(roomId)}/joined_members`)).body['joined'] as object;
  assert.equal(Object.keys(joined).length, 50);
});

const stranger = signerFromSeed('evil.test', 'ed25519:e1', new Uint8Array(32).fill(1));

for (const [situation, changes] of [
  ['of another type', () => ({ type: 'm.room.topic' })],
  ['with another membership', (handshake) => ({ content: { membership: handshake === 'leave' ? 'ban' : 'leave' } })],
  ['with a membership that is no text', () => ({ content: { membership: ['join'] } })],
  ['of a user of another server', () => ({ sender: '@hana:hon.test', state_key: '@hana:hon.test' })],
  ['of a user of ours', () => ({ sender: '@alice:hs1.test', state_key: '@alice:hs1.test' })],
  ['about somebody else', () => ({ state_key: '@other:evil.test' })],
  ['of another room', () => ({ room_id: '!other:hs1.test' })],
  ['without content', () => ({ content: 'x' })],
  ['without a depth', () => ({ depth: 'x' })],
] satisfies readonly (readonly [string, (handshake: string) => JsonObject])[])
  for (const handshake of ['join', 'leave', 'knock'] as const)
    test(`an event ${situation} is not taken for a ${handshake}`, async () => {
      const join_rule = handshake === 'knock' ? 'knock' : 'public';
      const { roomId, eve, membership, alice, hs1 } = await aWorld({
        initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule } }],
      });
      if (handshake === 'leave') await eve.join(roomId);
      const before = await membership();
      const since = (await alice.sync()).next_batch;
      const content = { membership: handshake };
      const { eventId, text } = eve.complete(await eve.make(handshake, roomId), { content, ...changes(handshake) });
      const answer = await eve.submit(handshake, roomId, { eventId: eventId.startsWith('$u') ? '$x' : eventId, text });
      assert.deepEqual(code(answer), [400, 'M_INVALID_PARAM']);
      assert.equal(await membership(), before);
      assert.equal((await alice.sync({ since, timeout: '0' })).rooms, undefined, 'nobody is told of anything');
      assert.deepEqual(hs1.errors, []);
    });

test('an event that is signed by another key, or has another id, is not taken', async () => {
  const { roomId, eve, membership } = await aWorld();
  const submission = eve.complete(await eve.make('join', roomId));
  const other = eve.complete(await eve.make('join', roomId), { origin_server_ts: 5 }, stranger);
  assert.deepEqual(code(await eve.submit('join', roomId, other)), [400, 'M_INVALID_PARAM']);
  assert.deepEqual(code(await eve.submit('join', roomId, { ...submission, eventId: other.eventId })), [
    400,
    'M_INVALID_PARAM',
  ]);
  assert.equal(await membership(), undefined);
  assert.equal((await eve.submit('join', roomId, submission)).status, 200, 'the honest one is');
});

test('bytes that are no event are not taken', async () => {
  const { roomId, eve, membership, hs1 } = await aWorld();
  const { eventId, text } = eve.complete(await eve.make('join', roomId));
  for (const body of [
    '{}',
    '[]',
    '"x"',
    '1',
    '{"type":"m.room.member"}',
    text.replace('"depth":', '"depth":1.5,"x":'),
  ]) {
    const answer = await eve.submit('join', roomId, { eventId, text: body });
    assert.equal(answer.status, 400, body);
  }
  const target = `/_matrix/federation/v2/send_join/${encodeURIComponent(roomId)}/${encodeURIComponent(eventId)}`;
  for (const sentBody of ['', '{', `${text.slice(0, -1)},"type":"x"}`, text.slice(0, -1)])
    assert.ok(
      [400, 401].includes((await eve.server.ask('hs1.test', 'PUT', target, text, { sentBody })).status),
      sentBody,
    );
  assert.equal(await membership(), undefined);
  assert.deepEqual(hs1.errors, []);
});

test('who is banned or not invited gets no template, and no event of theirs is taken', async () => {
  const { roomId, eve, alice, membership } = await aWorld();
  const submission = eve.complete(await eve.make('join', roomId));
  await alice.ok('POST', `${roomPath(roomId)}/ban`, { user_id: eve.userId });
  assert.deepEqual(code(await eve.make('join', roomId)), [403, 'M_FORBIDDEN']);
  assert.deepEqual(code(await eve.submit('join', roomId, submission)), [403, 'M_FORBIDDEN']);
  assert.equal(await membership(), 'ban');
  const closed = await alice.createRoom({ preset: 'private_chat', room_version: '11' });
  assert.deepEqual(code(await eve.make('join', closed)), [403, 'M_FORBIDDEN']);
  assert.deepEqual(code(await eve.make('knock', closed)), [403, 'M_FORBIDDEN']);
});

test('there are templates only for own users, in a version that the server has, in a room that is here', async () => {
  const { roomId, eve, alice } = await aWorld();
  for (const handshake of ['join', 'leave', 'knock'] as const) {
    for (const userId of ['@hana:hon.test', '@alice:hs1.test', 'x'])
      assert.deepEqual(code(await eve.make(handshake, roomId, userId)), [403, 'M_FORBIDDEN'], userId);
    for (const unknown of ['!none:hs1.test', 'x', '#alias:hs1.test', `!${'x'.repeat(43)}`])
      assert.deepEqual(code(await eve.make(handshake, unknown)), [404, 'M_NOT_FOUND'], unknown);
  }
  for (const handshake of ['join', 'knock'] as const) {
    const refused = await eve.make(handshake, roomId, eve.userId, ['1', '10', 'x']);
    assert.deepEqual(code(refused), [400, 'M_INCOMPATIBLE_ROOM_VERSION']);
    assert.equal(refused.json['room_version'], '11');
    const none = await eve.make(handshake, roomId, eve.userId, []);
    assert.deepEqual(code(none), [400, 'M_INCOMPATIBLE_ROOM_VERSION'], 'without it only version 1 is known');
  }
  await alice.ok('POST', `${roomPath(roomId)}/leave`, {});
  assert.deepEqual(code(await eve.make('join', roomId)), [404, 'M_NOT_FOUND']);
});

test('a room that is not to be federated lets nobody in', async () => {
  const { roomId, eve } = await aWorld({ creation_content: { 'm.federate': false } });
  assert.deepEqual(code(await eve.make('join', roomId)), [403, 'M_FORBIDDEN']);
});

test('a restricted join is signed by us as well', async () => {
  const { alice, eve, membership } = await aWorld();
  const open = await alice.createRoom({ preset: 'public_chat', room_version: '11' });
  const roomId = await alice.createRoom({
    room_version: '11',
    initial_state: [
      {
        type: 'm.room.join_rules',
        state_key: '',
        content: { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: open }] },
      },
    ],
  });
  assert.deepEqual(code(await eve.make('join', roomId)), [403, 'M_FORBIDDEN']);
  await eve.join(open);
  const { answer } = await eve.join(roomId);
  const { signatures, content } = answer.json['event'] as { [name: string]: JsonObject };
  assert.deepEqual(Object.keys(signatures!).toSorted(), ['evil.test', 'hs1.test']);
  assert.equal(content!['join_authorised_via_users_server'], alice.userId);
  assert.equal(await membership(), undefined);
});

test('nobody else is asked for keys than who must have signed', async () => {
  const { world, roomId, eve } = await aWorld();
  const bystander = world.scripted('hon.test');
  const made = eve.complete(await eve.make('join', roomId));
  const event = JSON.parse(made.text) as JsonObject;
  const signatures = { ...(event['signatures'] as JsonObject), 'hon.test': { 'ed25519:h': 'x' } };
  assert.equal(
    (await eve.submit('join', roomId, { ...made, text: JSON.stringify({ ...event, signatures }) })).status,
    200,
  );
  assert.deepEqual(bystander.received, []);
});
