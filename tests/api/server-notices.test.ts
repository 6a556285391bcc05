// https://spec.matrix.org/v1.19/client-server-api/#server-notices
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { Actors } from '../../src/ports/actors.ts';
import { type Answer, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const SECRET = 'secret';
const NOTICES = '/_synapse/admin/v1/send_server_notice';
const V3 = '/_matrix/client/v3';
const NOTICE = { msgtype: 'm.text', body: 'The server restarts at noon.' };
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected, JSON.stringify(body));
};

async function administrator(hearth: Hearth): Promise<Client> {
  const client = new Client(hearth);
  const path = '/_synapse/admin/v1/register';
  const nonce = String((await client.ok('GET', path)).body['nonce']);
  const mac = createHmac('sha1', SECRET).update(`${nonce}\0root\0a long password\0admin`).digest('hex');
  const account = { nonce, username: 'root', password: 'a long password', admin: true, mac };
  const { body } = await client.ok('POST', path, account);
  client.token = String(body['access_token']);
  client.userId = String(body['user_id']);
  return client;
}

async function world(between?: (actors: Actors) => Actors) {
  const hearth = new Hearth({ registrationSharedSecret: SECRET }, between);
  const root = await administrator(hearth);
  const alice = await Client.register(hearth, 'alice');
  const notice = async (userId = alice.userId): Promise<Answer> =>
    root.call('POST', NOTICES, { user_id: userId, content: NOTICE });
  return { hearth, root, alice, notice };
}

interface Rooms {
  readonly invite?: Readonly<Record<string, { readonly invite_state: { readonly events: readonly Event[] } }>>;
  readonly join?: Readonly<
    Record<string, { readonly timeline: { readonly events: readonly Event[] }; readonly account_data?: unknown }>
  >;
}
interface Event {
  readonly type: string;
  readonly sender: string;
  readonly event_id: string;
}

async function rooms(client: Client): Promise<Rooms> {
  return ((await client.ok('GET', `${V3}/sync`)).body['rooms'] ?? {}) as Rooms;
}

async function invitedTo(client: Client): Promise<string[]> {
  return Object.keys((await rooms(client)).invite ?? {});
}

test('a notice comes in a room of the server, to which its reader is invited and which is tagged', async () => {
  const { alice, notice } = await world();
  const eventId = (await notice()).body['event_id'];
  const [[roomId, invite] = assert.fail()] = Object.entries((await rooms(alice)).invite ?? {});
  assert.deepEqual(new Set(invite.invite_state.events.map(({ sender }) => sender)), new Set(['@_server:hs1']));
  await alice.join(roomId);
  const room = (await rooms(alice)).join?.[roomId];
  assert.deepEqual(room?.timeline.events.at(-2)?.event_id, eventId);
  assert.deepEqual(room?.account_data, { events: [{ type: 'm.tag', content: { tags: { 'm.server_notice': {} } } }] });
  refused(await alice.call('PUT', `${roomPath(roomId)}/send/m.room.message/1`, NOTICE), 403, 'M_FORBIDDEN');
});

test('a reader has one room, is invited to it again after leaving it, and keeps own tags', async () => {
  const { alice, notice } = await world();
  await Promise.all([notice(), notice(), notice()]);
  const [roomId = assert.fail(), ...more] = await invitedTo(alice);
  assert.deepEqual(more, []);
  await alice.join(roomId);
  await alice.ok('POST', `${roomPath(roomId)}/leave`, {});
  const path = `${V3}/user/${alice.userId}/rooms/${roomId}/account_data/m.tag`;
  await alice.ok('PUT', path, { tags: { 'u.dull': { order: 0.5 } } });
  await notice();
  assert.deepEqual(await invitedTo(alice), [roomId]);
  const { body } = await alice.ok('GET', path);
  assert.deepEqual(body, { tags: { 'u.dull': { order: 0.5 }, 'm.server_notice': {} } });
});

test('the invite cannot be rejected, by leaving or by saying so in the state; the room can be left', async () => {
  const { alice, notice } = await world();
  await notice();
  const [roomId = assert.fail()] = await invitedTo(alice);
  const state = `${roomPath(roomId)}/state/m.room.member/${alice.userId}`;
  refused(await alice.call('POST', `${roomPath(roomId)}/leave`, {}), 403, 'M_CANNOT_LEAVE_SERVER_NOTICE_ROOM');
  refused(await alice.call('PUT', state, { membership: 'leave' }), 403, 'M_CANNOT_LEAVE_SERVER_NOTICE_ROOM');
  assert.deepEqual(await invitedTo(alice), [roomId]);
  await alice.join(roomId);
  await alice.ok('POST', `${roomPath(roomId)}/leave`, {});
});

test('an account that ends leaves its invite, and gets no more notices', async () => {
  const { hearth, alice, notice } = await world();
  await notice();
  const [roomId = assert.fail()] = await invitedTo(alice);
  const auth = { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'alice' }, password: alice.password };
  await alice.ok('POST', `${V3}/account/deactivate`, { auth });
  await hearth.settle();
  const server = { userId: '@_server:hs1', deviceId: undefined, group: 1 };
  const { content } = await hearth.actors.room(roomId).reading.stateEvent(server, 'm.room.member', alice.userId);
  assert.deepEqual(content, { membership: 'leave' });
  refused(await notice(), 404, 'M_NOT_FOUND');
});

test('a notice with a transaction id is sent once', async () => {
  const { root, alice, notice } = await world();
  await notice();
  const once = async (txnId: string, body: string): Promise<unknown> =>
    (await root.ok('PUT', `${NOTICES}/${txnId}`, { user_id: alice.userId, content: { ...NOTICE, body } })).body[
      'event_id'
    ];
  const first = await once('1', 'one');
  assert.equal(await once('1', 'one'), first);
  assert.notEqual(await once('2', 'one'), first);
});

test('only administrators send notices, and only to people who are here', async () => {
  const { root, alice, notice } = await world();
  refused(await alice.call('POST', NOTICES), 403, 'M_FORBIDDEN');
  refused(await alice.call('PUT', `${NOTICES}/1`, { user_id: alice.userId, content: NOTICE }), 403, 'M_FORBIDDEN');
  refused(await notice('@nobody:hs1'), 404, 'M_NOT_FOUND');
  for (const userId of ['@alice:elsewhere', 'alice', '@_server:hs1'])
    refused(await notice(userId), 400, 'M_INVALID_PARAM');
  refused(await root.call('POST', NOTICES, { user_id: alice.userId }), 400, 'M_MISSING_PARAM');
  refused(await root.call('POST', NOTICES, { user_id: alice.userId, content: 'hello' }), 400, 'M_BAD_JSON');
  const kick = {
    user_id: alice.userId,
    content: { membership: 'leave' },
    type: 'm.room.member',
    state_key: alice.userId,
  };
  refused(await root.call('POST', NOTICES, kick), 400, 'M_INVALID_PARAM');
  assert.deepEqual(await rooms(alice), {});
});

test('nobody takes the name of the server, before or after it has spoken', async () => {
  const { hearth, notice } = await world();
  const take = async (): Promise<Answer> =>
    new Client(hearth).call('POST', `${V3}/register`, { username: '_server', password: 'a long password' });
  refused(await take(), 400, 'M_USER_IN_USE');
  await notice();
  refused(await take(), 400, 'M_USER_IN_USE');
  const available = `${V3}/register/available?username=_server`;
  refused(await new Client(hearth).call('GET', available), 400, 'M_USER_IN_USE');
});

test('the room whose making broke off is made when the next notice comes, also much later', async () => {
  for (const wait of [0, 120_000]) {
    let broken = true;
    const { hearth, alice, notice } = await world((actors) => ({
      ...actors,
      room: (roomId) => {
        const room = actors.room(roomId);
        if (!broken) return room;
        return {
          ...room,
          writing: { ...room.writing, create: () => Promise.reject(new Error('the connection broke')) },
        };
      },
    }));
    assert.equal((await notice()).status, 500);
    hearth.errors.length = 0;
    await hearth.sleep(wait);
    broken = false;
    assert.equal((await notice()).status, 200);
    assert.equal((await invitedTo(alice)).length, 1);
  }
});
