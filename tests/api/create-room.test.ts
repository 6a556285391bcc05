// https://spec.matrix.org/v1.19/client-server-api/#creation
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOM_VERSIONS } from '../../src/events/room-versions.ts';
import { type Answer, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected);
};

interface StateEvent {
  readonly type: string;
  readonly state_key: string;
  readonly content: Readonly<Record<string, unknown>>;
}

async function people() {
  const hearth = new Hearth();
  return { hearth, alice: await Client.register(hearth, 'alice'), bob: await Client.register(hearth, 'bob') };
}

/** A new room's state, by type and state key. */
async function made(client: Client, request: object): Promise<ReadonlyMap<string, StateEvent['content']>> {
  const roomId = await client.createRoom(request);
  const events = (await client.ok('GET', `${roomPath(roomId)}/state`)).body as unknown as readonly StateEvent[];
  return new Map(events.map(({ type, state_key: key, content }) => [`${type}|${key}`, content]));
}

for (const { id: version } of ROOM_VERSIONS) {
  test(`presets in version ${version}`, async () => {
    const { alice, bob } = await people();
    const beginnings = [
      ['private_chat', 'invite', 'can_join'],
      ['trusted_private_chat', 'invite', 'can_join'],
      ['public_chat', 'public', undefined],
    ] as const;
    for (const [preset, joinRule, guestAccess] of beginnings) {
      const state = await made(alice, { preset, room_version: version, invite: [bob.userId] });
      const trusted = preset === 'trusted_private_chat';
      assert.equal(state.get('m.room.create|')?.['room_version'], version);
      assert.equal(state.get('m.room.create|')?.['creator'], Number(version) < 11 ? alice.userId : undefined);
      assert.deepEqual(
        state.get('m.room.create|')?.['additional_creators'],
        trusted && version === '12' ? [bob.userId] : undefined,
      );
      assert.equal(state.get('m.room.join_rules|')?.['join_rule'], joinRule);
      assert.equal(state.get('m.room.guest_access|')?.['guest_access'], guestAccess);
      assert.equal(state.get('m.room.history_visibility|')?.['history_visibility'], 'shared');
      assert.equal(state.get('m.room.member|@alice:hs1')?.['membership'], 'join');
      assert.equal(state.get('m.room.member|@bob:hs1')?.['membership'], 'invite');
      const users = version === '12' ? {} : { [alice.userId]: 100, ...(trusted ? { [bob.userId]: 100 } : {}) };
      assert.deepEqual(state.get('m.room.power_levels|')?.['users'], users);
      // Once such a room restricts joins, whoever may invite lets others in.
      assert.equal(state.get('m.room.power_levels|')?.['invite'], preset === 'public_chat' ? 50 : 0);
      const events = state.get('m.room.power_levels|')?.['events'] as Readonly<Record<string, number>>;
      assert.equal(events['m.room.tombstone'], version === '12' ? 150 : 100);
    }
  });
}

test('without a preset the visibility says which', async () => {
  const { alice } = await people();
  assert.equal((await made(alice, { visibility: 'public' })).get('m.room.join_rules|')?.['join_rule'], 'public');
  assert.equal((await made(alice, {})).get('m.room.join_rules|')?.['join_rule'], 'invite');
  assert.equal(
    (await made(alice, { visibility: 'public', preset: 'private_chat' })).get('m.room.join_rules|')?.['join_rule'],
    'invite',
  );
});

test('initial_state goes before the preset, name and topic before initial_state', async () => {
  const { alice } = await people();
  const state = await made(alice, {
    preset: 'private_chat',
    name: 'the name',
    topic: 'the topic',
    initial_state: [
      { type: 'm.room.join_rules', content: { join_rule: 'public' } },
      { type: 'm.room.name', content: { name: 'another' } },
      { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } },
      { type: 'com.example', state_key: 'k', content: { a: 1 } },
    ],
  });
  assert.equal(state.get('m.room.join_rules|')?.['join_rule'], 'public');
  assert.equal(state.get('m.room.name|')?.['name'], 'the name');
  assert.deepEqual(state.get('m.room.topic|'), {
    topic: 'the topic',
    'm.topic': { 'm.text': [{ body: 'the topic' }] },
  });
  assert.equal(state.get('m.room.encryption|')?.['algorithm'], 'm.megolm.v1.aes-sha2');
  assert.deepEqual(state.get('com.example|k'), { a: 1 });
});

test('initial_state may hold the power levels', async () => {
  const { alice } = await people();
  const state = await made(alice, {
    room_version: '11',
    initial_state: [{ type: 'm.room.power_levels', content: { users: { [alice.userId]: 100 }, ban: 75 } }],
  });
  assert.equal(state.get('m.room.power_levels|')?.['ban'], 75);
});

test('a state of a name with another key is not the name', async () => {
  const { alice } = await people();
  const state = await made(alice, {
    name: 'n',
    initial_state: [{ type: 'm.room.name', state_key: 'x', content: { name: 'other' } }],
  });
  assert.deepEqual([state.get('m.room.name|')?.['name'], state.get('m.room.name|x')?.['name']], ['n', 'other']);
});

test('overrides replace whole members of the power levels', async () => {
  const { alice } = await people();
  const levels = (
    await made(alice, {
      room_version: '11',
      power_level_content_override: { users: { [alice.userId]: 101 }, invite: 30 },
    })
  ).get('m.room.power_levels|');
  assert.deepEqual([levels?.['users'], levels?.['invite'], levels?.['kick']], [{ [alice.userId]: 101 }, 30, 50]);
});

test('creation_content is carried, but not the version or the creator in it', async () => {
  const { alice, bob } = await people();
  const create = (
    await made(alice, {
      room_version: '11',
      creation_content: { 'm.federate': false, type: 'm.space', creator: bob.userId, room_version: '1' },
    })
  ).get('m.room.create|');
  assert.deepEqual(create, { 'm.federate': false, type: 'm.space', room_version: '11' });
  const twelfth = (
    await made(alice, {
      preset: 'trusted_private_chat',
      invite: [bob.userId],
      creation_content: { additional_creators: ['@c:hs2'] },
    })
  ).get('m.room.create|');
  assert.deepEqual(twelfth?.['additional_creators'], ['@c:hs2', bob.userId]);
});

test('invites are sent, direct ones say so, and one to oneself is left out', async () => {
  const { hearth, alice, bob } = await people();
  const roomId = await alice.createRoom({ invite: [bob.userId, bob.userId, alice.userId], is_direct: true });
  await hearth.settle();
  const invite = (await bob.sync()).rooms?.invite?.[roomId];
  const member = invite?.invite_state?.events.find(
    ({ type, state_key: key }) => type === 'm.room.member' && key === bob.userId,
  );
  assert.deepEqual([member?.content['membership'], member?.content['is_direct']], ['invite', true]);
});

test('what cannot be a room is refused, and leaves none behind', async () => {
  const { hearth, alice, bob } = await people();
  for (const [request, status, errcode] of [
    [{ room_version: '13' }, 400, 'M_UNSUPPORTED_ROOM_VERSION'],
    [{ room_version: 'constructor' }, 400, 'M_UNSUPPORTED_ROOM_VERSION'],
    [{ room_version: 11 }, 400, 'M_BAD_JSON'],
    [{ preset: 'x' }, 400, 'M_BAD_JSON'],
    [{ visibility: 'x' }, 400, 'M_BAD_JSON'],
    [{ initial_state: [[]] }, 400, 'M_BAD_JSON'],
    [{ initial_state: [{ type: 'x' }] }, 400, 'M_MISSING_PARAM'],
    [{ initial_state: [{ type: 'm.room.create', content: {} }] }, 400, 'M_BAD_JSON'],
    [{ invite: ['bob'] }, 400, 'M_INVALID_PARAM'],
    [{ invite: ['@nobody:hs1'] }, 404, 'M_NOT_FOUND'],
    [{ invite: Array.from({ length: 101 }, (_, n) => `@u${n}:hs1`) }, 400, 'M_INVALID_PARAM'],
    [{ power_level_content_override: { users: { [alice.userId]: '100' } } }, 400, 'M_BAD_JSON'],
    [{ power_level_content_override: { ban: null } }, 400, 'M_BAD_JSON'],
    [{ power_level_content_override: { users: [] } }, 400, 'M_BAD_JSON'],
    [{ power_level_content_override: { users: { [alice.userId]: 100 } } }, 400, 'M_INVALID_ROOM_STATE'],
    [{ room_version: '11', name: 'n', power_level_content_override: { users: {} } }, 400, 'M_INVALID_ROOM_STATE'],
    [
      { room_version: '11', invite: [bob.userId], power_level_content_override: { users: {}, invite: 50 } },
      400,
      'M_INVALID_ROOM_STATE',
    ],
    [{ creation_content: { additional_creators: 'x' } }, 400, 'M_INVALID_PARAM'],
    [{ creation_content: { additional_creators: [1] } }, 400, 'M_INVALID_PARAM'],
    [
      { preset: 'trusted_private_chat', invite: [bob.userId], creation_content: { additional_creators: 'x' } },
      400,
      'M_INVALID_PARAM',
    ],
    [{ creation_content: { x: 'x'.repeat(70_000) } }, 400, 'M_INVALID_PARAM'],
    [{ topic: 'x'.repeat(70_000) }, 413, 'M_TOO_LARGE'],
    [{ initial_state: [{ type: 't'.repeat(300), content: {} }] }, 413, 'M_TOO_LARGE'],
    [{ creation_content: { x: 1.5 } }, 400, 'M_BAD_JSON'],
    [{ room_alias_name: '' }, 400, 'M_INVALID_PARAM'],
    [{ room_alias_name: 'a:b' }, 400, 'M_INVALID_PARAM'],
    [{ room_alias_name: 'x'.repeat(300) }, 400, 'M_INVALID_PARAM'],
    [{ invite_3pid: [{}] }, 400, 'M_THREEPID_NOT_FOUND'],
  ] as const) {
    const answer = await alice.call('POST', `${V3}/createRoom`, request);
    assert.deepEqual([answer.status, answer.body.errcode], [status, errcode], JSON.stringify(request).slice(0, 200));
  }
  await hearth.settle();
  assert.deepEqual((await alice.ok('GET', `${V3}/joined_rooms`)).body['joined_rooms'], []);
  assert.equal((await bob.sync()).rooms, undefined);
  assert.deepEqual(hearth.errors, []);
});

test('a room may be begun without a body', async () => {
  const { alice } = await people();
  assert.equal((await alice.call('POST', `${V3}/createRoom`)).status, 200);
  refused(await alice.call('POST', `${V3}/createRoom`, '[]'), 400, 'M_BAD_JSON');
});

for (const { id: version } of ROOM_VERSIONS) {
  test(`people talk, moderate and redact in a room of version ${version}`, async () => {
    const { hearth, alice, bob } = await people();
    const roomId = await alice.createRoom({ room_version: version, preset: 'public_chat', topic: 'talk' });
    await bob.join(roomId);
    const [said, again] = [await bob.send(roomId, 'rude'), await bob.send(roomId, 'polite')];
    const redact = (eventId: string): string => `${roomPath(roomId)}/redact/${encodeURIComponent(eventId)}/r`;
    const hers = await alice.send(roomId, 'hers');
    refused(await bob.call('PUT', redact(hers), {}), 403, 'M_FORBIDDEN');
    await alice.ok('PUT', redact(said), {});
    const event = (eventId: string): Promise<Answer> =>
      alice.ok('GET', `${roomPath(roomId)}/event/${encodeURIComponent(eventId)}`);
    assert.deepEqual((await event(said)).body['content'], {});
    assert.deepEqual((await event(again)).body['content'], { msgtype: 'm.text', body: 'polite' });
    await alice.ok('POST', `${roomPath(roomId)}/ban`, { user_id: bob.userId });
    refused(await bob.call('POST', `${roomPath(roomId)}/join`, {}), 403, 'M_FORBIDDEN');
    assert.deepEqual(hearth.errors, []);
  });
}

test('no list of levels names a creator who stands above them', async () => {
  const { alice, bob } = await people();
  const roomId = await alice.createRoom({ room_version: '12', preset: 'public_chat' });
  await bob.join(roomId);
  const path = `${roomPath(roomId)}/state/m.room.power_levels`;
  refused(await alice.call('PUT', path, { users: { [alice.userId]: 100 } }), 400, 'M_BAD_JSON');
  await alice.ok('PUT', path, { users: { [bob.userId]: 100 } });
});
