// Every endpoint that takes a token, and every state that a session and an account may be in.
// https://spec.matrix.org/v1.19/client-server-api/#account-moderation
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { before, test } from 'node:test';
import type { Endpoint } from '../../src/api/endpoint.ts';
import { endpoints } from '../../src/api/endpoints.ts';
import { type Answer, Client } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const ADMIN = '/_matrix/client/v1/admin';

/** What a suspended account may not do. Whoever adds an operation decides on which side it is. */
const SUSPENDED = [
  'ban',
  'createRoom',
  'deleteProfileField',
  'deleteRoomAlias',
  'inviteUser',
  'joinRoom',
  'joinRoomById',
  'kick',
  'knockRoom',
  'redactEvent',
  'sendMessage',
  'setProfileField',
  'setRoomAlias',
  'setRoomStateWithKey',
  'setRoomVisibilityOnDirectory',
  'setTyping',
  'unban',
  'upgradeRoom',
];
const WHILE_LOCKED = ['logout', 'logout_all'];

const guarded = endpoints.filter(({ auth }) => auth === 'user');
const isWriting = ({ method }: Endpoint): boolean => method !== 'GET';

/** Something of the right shape for every operation that is asked. */
const BODY = { room_id: '!x:hs1', typing: true, new_version: '12', locked: true, suspended: true, displayname: 'x' };

interface World {
  readonly hearth: Hearth;
  readonly alice: Client;
  readonly root: Client;
  readonly call: (by: Client, endpoint: Endpoint, path?: string) => Promise<Answer>;
}

async function world(): Promise<World> {
  const hearth = new Hearth({ registrationSharedSecret: 'secret' });
  const root = await administrator(hearth);
  const alice = await Client.register(hearth, 'alice');
  const room = await root.createRoom({ preset: 'public_chat' });
  await alice.join(room);
  const theirs = await root.send(room, 'theirs');
  const params = new Map([
    ['roomId', room],
    ['roomIdOrAlias', room],
    ['roomAlias', '#x:hs1'],
    ['userId', alice.userId],
    ['eventId', theirs],
    ['eventType', 'm.room.message'],
    ['keyName', 'displayname'],
    ['receiptType', 'm.read'],
  ]);
  const call: World['call'] = (by, endpoint, path = endpoint.path) =>
    by.call(
      endpoint.method,
      path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params.get(name) ?? 'x')),
      isWriting(endpoint) ? BODY : undefined,
    );
  return { hearth, alice, root, call };
}

async function administrator(hearth: Hearth): Promise<Client> {
  const path = '/_synapse/admin/v1/register';
  const root = new Client(hearth);
  const nonce = String((await root.ok('GET', path)).body['nonce']);
  const mac = createHmac('sha1', 'secret').update([nonce, 'root', 'pw', 'admin'].join('\0')).digest('hex');
  const { body } = await root.ok('POST', path, { nonce, username: 'root', password: 'pw', mac, admin: true });
  root.token = String(body['access_token']);
  return root;
}

/** The operations whose answer is not the one expected. */
async function others(all: readonly Endpoint[], ask: World['call'], by: Client, code: string): Promise<string[]> {
  const found: string[] = [];
  for (const endpoint of all)
    for (const path of [endpoint.path, ...(endpoint.alsoPaths ?? [])]) {
      const { status, body } = await ask(by, endpoint, path);
      if (body.errcode !== code) found.push(`${endpoint.operationId} ${status} ${body.errcode}`);
    }
  return found;
}

let it: World;
before(async () => {
  it = await world();
});

const withToken = (token: string): Client => Object.assign(new Client(it.hearth), { token });
const password = () => ({
  type: 'm.login.password',
  identifier: { type: 'm.id.user', user: 'alice' },
  password: it.alice.password,
});

test('without a token nothing that takes one answers', async () => {
  assert.deepEqual(await others(guarded, it.call, withToken(''), 'M_MISSING_TOKEN'), []);
});

test('a token of another kind opens nothing', async () => {
  const { alice } = it;
  const refreshable = await alice.ok('POST', `${V3}/login`, { ...password(), refresh_token: true });
  const login = await alice.ok('POST', '/_matrix/client/v1/login/get_token', { auth: password() });
  const openId = await alice.ok('POST', `${V3}/user/${alice.userId}/openid/request_token`, {});
  for (const token of [refreshable.body['refresh_token'], login.body['login_token'], openId.body['access_token']])
    assert.deepEqual(await others(guarded, it.call, withToken(String(token)), 'M_UNKNOWN_TOKEN'), []);
});

test('a session that has ended does nothing', async () => {
  const gone = await it.alice.login('GONE');
  await gone.ok('POST', `${V3}/logout`);
  assert.deepEqual(await others(guarded, it.call, gone, 'M_UNKNOWN_TOKEN'), []);
});

test('a locked account does nothing but log out', async () => {
  await it.root.ok('PUT', `${ADMIN}/lock/@alice:hs1`, { locked: true });
  const asked = guarded.filter(({ operationId }) => !WHILE_LOCKED.includes(operationId));
  assert.deepEqual(await others(asked, it.call, it.alice, 'M_USER_LOCKED'), []);
  await it.root.ok('PUT', `${ADMIN}/lock/@alice:hs1`, { locked: false });
});

test('a suspended account does what is listed here, and nothing else', async () => {
  const phone = await it.alice.login('PHONE');
  await it.root.ok('PUT', `${ADMIN}/suspend/@alice:hs1`, { suspended: true });
  const refused: string[] = [];
  for (const endpoint of guarded) {
    if (WHILE_LOCKED.includes(endpoint.operationId)) continue;
    // None of these may wait, or leave the room that the others are asked about.
    if (['sync', 'peekEvents', 'leaveRoom'].includes(endpoint.operationId)) continue;
    if ((await it.call(phone, endpoint)).body.errcode === 'M_USER_SUSPENDED') refused.push(endpoint.operationId);
  }
  await it.root.ok('PUT', `${ADMIN}/suspend/@alice:hs1`, { suspended: false });
  assert.deepEqual(refused.sort(), SUSPENDED);
});

test('who is no administrator is refused what is for administrators, whatever they ask for', async () => {
  // Where one's own account was used is for everybody.
  const ours = guarded.filter(({ path, operationId }) => path.includes('/admin/') && operationId !== 'getWhoIs');
  assert.ok(ours.length >= 5);
  assert.deepEqual(await others(ours, it.call, it.alice, 'M_FORBIDDEN'), []);
});

test('a deactivated account does nothing', async () => {
  const tablet = await it.alice.login('TABLET');
  await it.alice.ok('POST', `${V3}/account/deactivate`, { auth: password() });
  for (const client of [it.alice, tablet])
    assert.deepEqual(await others(guarded, it.call, client, 'M_UNKNOWN_TOKEN'), []);
});
