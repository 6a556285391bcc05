// What Mallory, who has no power in a room, tries through the client API: every try is refused by the rules that hold for
// servers too, and leaves nothing behind. https://spec.matrix.org/v1.19/client-server-api/#room-membership
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, type Body, Client, roomPath } from './client.ts';
import { RUNTIMES, Server } from './server.ts';

const V3 = '/_matrix/client/v3';
const aliasPath = (alias: string): string => `${V3}/directory/room/${encodeURIComponent(alias)}`;
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected);
};

async function stateOf(client: Client, roomId: string): Promise<readonly string[]> {
  const events = (await client.ok('GET', `${roomPath(roomId)}/state`)).body as unknown as readonly Body[];
  return events.map((event) => String(event['event_id'])).toSorted();
}

const joined = async (client: Client): Promise<readonly string[]> =>
  (await client.ok('GET', `${V3}/joined_rooms`)).body['joined_rooms'] as string[];

/** All events of the room, oldest first. */
async function history(client: Client, roomId: string): Promise<readonly Body[]> {
  const events: Body[] = [];
  for (let from = ''; ;) {
    const query = `messages?dir=f&limit=500${from === '' ? '' : `&from=${encodeURIComponent(from)}`}`;
    const { body } = await client.ok('GET', `${roomPath(roomId)}/${query}`);
    events.push(...(body['chunk'] as readonly Body[]));
    if (body['end'] === undefined) return events;
    from = String(body['end']);
  }
}

async function withoutPower(server: Server): Promise<void> {
  const [alice, mallory] = [await Client.register(server, 'alice1'), await Client.register(server, 'mallory1')];
  const carol = await Client.register(server, 'carol1');
  const room = { preset: 'public_chat', power_level_content_override: { invite: 50 }, room_alias_name: 'p51' };
  const roomId = await alice.createRoom(room);
  const hers = await alice.send(roomId, 'hers');
  for (const client of [mallory, carol]) await client.join(roomId);
  await alice.ok('POST', `${roomPath(roomId)}/ban`, { user_id: '@banned:hs1' });
  const before = await stateOf(alice, roomId);
  const path = roomPath(roomId);
  const other = { user_id: carol.userId };
  for (const [method, where, body] of [
    ['PUT', `${path}/state/m.room.name/`, { name: 'x' }],
    ['PUT', `${path}/state/m.room.power_levels/`, { users: { [mallory.userId]: 100 } }],
    ['PUT', `${path}/state/m.room.tombstone/`, { body: 'x', replacement_room: '!x:hs1' }],
    ['PUT', `${path}/state/m.room.canonical_alias/`, { alias: '#p51:hs1', alt_aliases: [] }],
    ['PUT', `${path}/state/m.room.member/${encodeURIComponent(carol.userId)}`, { membership: 'leave' }],
    [
      'PUT',
      `${path}/state/m.room.member/${encodeURIComponent(carol.userId)}`,
      { membership: 'join', displayname: 'x' },
    ],
    ['PUT', `${path}/state/org.example.x/${encodeURIComponent(carol.userId)}`, {}],
    ['PUT', `${path}/redact/${encodeURIComponent(hers)}/r1`, {}],
    ['PUT', `${path}/send/m.room.redaction/r2`, { redacts: hers }],
    ['POST', `${path}/kick`, other],
    ['POST', `${path}/ban`, other],
    ['POST', `${path}/unban`, { user_id: '@banned:hs1' }],
    ['POST', `${path}/invite`, { user_id: '@dave:elsewhere' }],
    ['POST', `${path}/invite`, { user_id: alice.userId }],
    ['POST', `${path}/upgrade`, { new_version: '12' }],
    ['PUT', `${V3}/directory/list/room/${encodeURIComponent(roomId)}`, { visibility: 'public' }],
    ['DELETE', aliasPath('#p51:hs1'), undefined],
  ] as const) {
    const answer = await mallory.call(method, where, body);
    assert.deepEqual([answer.status, answer.body.errcode], [403, 'M_FORBIDDEN'], `${method} ${where}`);
  }
  assert.deepEqual(await stateOf(alice, roomId), before);
  assert.deepEqual(await joined(mallory), [roomId]);
  assert.equal((await alice.ok('GET', aliasPath('#p51:hs1'))).body['room_id'], roomId);
}

async function halfMadeRooms(server: Server): Promise<void> {
  const [alice, mallory] = [await Client.register(server, 'alice2'), await Client.register(server, 'mallory2')];
  await alice.createRoom({ room_alias_name: 'p53taken' });
  const own = { room_alias_name: 'p53', visibility: 'public', name: 'half made', invite: [alice.userId] };
  for (const [request, status, errcode] of [
    [{ initial_state: [{ type: 'm.room.create', state_key: '', content: {} }] }, 400, 'M_BAD_JSON'],
    [
      { initial_state: [{ type: 'm.room.member', state_key: alice.userId, content: { membership: 'join' } }] },
      400,
      'M_BAD_JSON',
    ],
    [{ power_level_content_override: { users: 'x' } }, 400, 'M_BAD_JSON'],
    [{ room_version: '11', power_level_content_override: { users: {} } }, 400, 'M_INVALID_ROOM_STATE'],
    [{ room_alias_name: 'p53taken' }, 400, 'M_ROOM_IN_USE'],
    [{ invite: Array.from({ length: 5000 }, (_, n) => `@u${n}:hs1`) }, 400, 'M_INVALID_PARAM'],
    [{ invite: [alice.userId, '@nobody:hs1'] }, 404, 'M_NOT_FOUND'],
    [{ room_version: '99' }, 400, 'M_UNSUPPORTED_ROOM_VERSION'],
    [{ preset: 'x' }, 400, 'M_BAD_JSON'],
  ] as const) {
    const answer = await mallory.call('POST', `${V3}/createRoom`, { ...own, ...request });
    assert.deepEqual([answer.status, answer.body.errcode], [status, errcode], JSON.stringify(request).slice(0, 100));
  }
  // What names the creator and the version is the server's to say.
  const creation = { creator: alice.userId, room_version: '1', sender: alice.userId };
  const roomId = await mallory.createRoom({ room_version: '11', creation_content: creation });
  const create = (await mallory.ok('GET', `${roomPath(roomId)}/state/m.room.create/?format=event`)).body;
  assert.deepEqual(
    [create['sender'], (create['content'] as Body)['creator'], (create['content'] as Body)['room_version']],
    [mallory.userId, undefined, '11'],
  );
  await server.kill();
  await server.launch();
  assert.deepEqual(await joined(mallory), [roomId]);
  assert.equal((await alice.sync()).rooms?.invite, undefined);
  refused(await mallory.call('GET', aliasPath('#p53:hs1')), 404, 'M_NOT_FOUND');
  const { body } = await alice.ok('POST', `${V3}/publicRooms`, { filter: { generic_search_term: 'half made' } });
  assert.deepEqual(body['chunk'], []);
}

async function repeatedTransactions(server: Server): Promise<void> {
  const [alice, bob] = [await Client.register(server, 'alice3'), await Client.register(server, 'bob3')];
  const [roomId, elsewhere] = [await alice.createRoom(), await alice.createRoom()];
  const first = await alice.send(roomId, 'one', 'same');
  assert.equal(await alice.send(roomId, 'one', 'same'), first);
  assert.equal(await alice.send(roomId, 'another body', 'same'), first);
  const others = [await alice.send(elsewhere, 'one', 'same'), await (await alice.login()).send(roomId, 'one', 'same')];
  const redacting = `${roomPath(roomId)}/redact/${encodeURIComponent(first)}/same`;
  const redaction = (await alice.ok('PUT', redacting, {})).body['event_id'];
  assert.equal(new Set([first, ...others, redaction]).size, 4);
  const toDevice = { messages: { [bob.userId]: { '*': { n: 1 } } } };
  for (let n = 0; n < 2; n++) await alice.ok('PUT', `${V3}/sendToDevice/org.example.x/same`, toDevice);
  await server.kill();
  await server.launch();
  assert.equal(await alice.send(roomId, 'one', 'same'), first);
  assert.equal((await alice.ok('PUT', redacting, {})).body['event_id'], redaction);
  await alice.ok('PUT', `${V3}/sendToDevice/org.example.x/same`, toDevice);
  assert.equal((await bob.sync()).to_device?.events.length, 1);
  const own = (await history(alice, roomId)).filter((event) => event['type'] === 'm.room.message');
  assert.deepEqual(own.map((event) => event['event_id']).toSorted(), [first, others[1]].toSorted());
}

async function sendsAgainstABan(server: Server): Promise<void> {
  const [alice, bob] = [await Client.register(server, 'alice4'), await Client.register(server, 'bob4')];
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(roomId);
  const acknowledged = new Set<unknown>();
  const sending = Array.from({ length: 500 }, async (_, n) => {
    await server.sleep(Math.floor(n / 2));
    const body = { msgtype: 'm.text', body: String(n) };
    const answer = await bob.call('PUT', `${roomPath(roomId)}/send/m.room.message/b${n}`, body);
    if (answer.status === 200) acknowledged.add(answer.body['event_id']);
    else refused(answer, 403, 'M_FORBIDDEN');
  });
  await server.sleep(100);
  await alice.ok('POST', `${roomPath(roomId)}/ban`, { user_id: bob.userId });
  await Promise.all(sending);
  const events = await history(alice, roomId);
  const ban = events.findIndex((event) => (event['content'] as Body)['membership'] === 'ban');
  assert.ok(ban > 0 && acknowledged.size > 0 && acknowledged.size < 500);
  assert.ok(events.slice(ban).every((event) => event['sender'] !== bob.userId));
  const sent = events.filter((event) => event['type'] === 'm.room.message').map((event) => event['event_id']);
  assert.deepEqual(new Set(sent), acknowledged);
}

async function namesOfOthers(server: Server): Promise<void> {
  const [alice, mallory] = [await Client.register(server, 'alice5'), await Client.register(server, 'mallory5')];
  await alice.createRoom({ room_alias_name: 'p56', preset: 'public_chat' });
  const own = await mallory.createRoom();
  refused(await mallory.call('DELETE', aliasPath('#p56:hs1')), 403, 'M_FORBIDDEN');
  refused(await mallory.call('PUT', aliasPath('#p56:hon.test'), { room_id: own }), 400, 'M_INVALID_PARAM');
  refused(await mallory.call('PUT', aliasPath('#p56:hs1'), { room_id: own }), 409, 'M_UNKNOWN');
  const naming = `${roomPath(own)}/state/m.room.canonical_alias/`;
  refused(await mallory.call('PUT', naming, { alias: '#p56:hs1' }), 400, 'M_BAD_ALIAS');
  refused(await mallory.call('PUT', naming, { alt_aliases: ['#p56:hs1'] }), 400, 'M_BAD_ALIAS');
}

async function invitedOnly(server: Server): Promise<void> {
  const [alice, carol] = [await Client.register(server, 'alice6'), await Client.register(server, 'carol6')];
  const roomId = await alice.createRoom({
    name: 'secret',
    topic: 'hidden',
    initial_state: [
      { type: 'm.room.history_visibility', content: { history_visibility: 'shared' } },
      { type: 'org.example.private', content: { a: 1 } },
    ],
  });
  const eventId = await alice.send(roomId, 'secret');
  const knocking = await alice.createRoom({
    initial_state: [{ type: 'm.room.join_rules', content: { join_rule: 'knock' } }],
  });
  await alice.invite(roomId, carol.userId);
  await carol.ok('POST', `${V3}/knock/${encodeURIComponent(knocking)}`, { reason: 'please' });
  for (const room of [roomId, knocking])
    for (const what of ['state', 'members', 'joined_members', 'messages?dir=b', 'state/m.room.name/', 'aliases'])
      refused(await carol.call('GET', `${roomPath(room)}/${what}`), 403, 'M_FORBIDDEN');
  const read = await carol.call('GET', `${roomPath(roomId)}/event/${encodeURIComponent(eventId)}`);
  assert.ok(read.status === 403 || read.status === 404);
  const rooms = (await carol.sync()).rooms as unknown as Record<
    'invite' | 'knock',
    Record<string, Record<string, { events: readonly Body[] }>>
  >;
  for (const shown of [rooms.invite[roomId]?.['invite_state'], rooms.knock[knocking]?.['knock_state']]) {
    const types = new Set(shown?.events.map((event) => event['type']));
    assert.ok(types.has('m.room.create') && types.has('m.room.member'));
    assert.ok(!types.has('org.example.private') && !types.has('m.room.power_levels') && !types.has('m.room.message'));
    for (const event of shown?.events ?? [])
      assert.deepEqual(Object.keys(event).toSorted(), ['content', 'sender', 'state_key', 'type']);
  }
}

for (const runtime of RUNTIMES) {
  test(`${runtime}: a room's rules hold against who has no power in it`, async () => {
    const server = await Server.start(runtime);
    try {
      await withoutPower(server);
      await halfMadeRooms(server);
      await repeatedTransactions(server);
      await sendsAgainstABan(server);
      await namesOfOthers(server);
      await invitedOnly(server);
    } finally {
      await server.stop();
    }
  });
}
