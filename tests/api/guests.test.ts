// Guests: https://spec.matrix.org/v1.19/client-server-api/#guest-access
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoints } from '../../src/api/endpoints.ts';
import type { Endpoint } from '../../src/api/endpoint.ts';
import { type Answer, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const REGISTER = `${V3}/register`;
const ROOM = `${V3}/rooms/{roomId}`;
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected);
};

/** What the specification's section lists. */
const LISTED = new Set([
  `GET ${ROOM}/state`,
  `GET ${ROOM}/context/{eventId}`,
  `GET ${ROOM}/event/{eventId}`,
  `GET ${ROOM}/state/{eventType}/{stateKey}`,
  `GET ${ROOM}/messages`,
  `GET ${ROOM}/members`,
  `GET ${ROOM}/initialSync`,
  `GET ${V3}/sync`,
  `GET ${V3}/events`,
  'GET /_matrix/client/v1/media/download/{serverName}/{mediaId}',
  'GET /_matrix/client/v1/media/download/{serverName}/{mediaId}/{fileName}',
  'GET /_matrix/client/v1/media/thumbnail/{serverName}/{mediaId}',
  `POST ${ROOM}/join`,
  `POST ${ROOM}/leave`,
  `PUT ${ROOM}/send/{eventType}/{txnId}`,
  `PUT ${ROOM}/state/{eventType}/{stateKey}`,
  `PUT ${V3}/sendToDevice/{eventType}/{txnId}`,
  `PUT ${V3}/profile/{userId}/{keyName}`,
  `DELETE ${V3}/profile/{userId}/{keyName}`,
  `GET ${V3}/devices`,
  `GET ${V3}/devices/{deviceId}`,
  `PUT ${V3}/devices/{deviceId}`,
  `GET ${V3}/account/whoami`,
  `POST ${V3}/keys/upload`,
  `POST ${V3}/keys/query`,
  `POST ${V3}/keys/claim`,
]);

async function guestOf(hearth: Hearth, body: unknown = {}): Promise<Client> {
  const guest = new Client(hearth);
  const made = (await guest.ok('POST', `${REGISTER}?kind=guest`, body)).body;
  guest.userId = String(made['user_id']);
  guest.deviceId = String(made['device_id']);
  guest.token = String(made['access_token']);
  return guest;
}

async function world() {
  const hearth = new Hearth({ guests: true });
  return { hearth, alice: await Client.register(hearth, 'alice'), guest: await guestOf(hearth) };
}

const roomFor = (alice: Client, access: string | undefined, more: object = {}) =>
  alice.createRoom({
    preset: 'public_chat',
    initial_state: [
      ...(access === undefined ? [] : [{ type: 'm.room.guest_access', content: { guest_access: access } }]),
    ],
    ...more,
  });
const setAccess = (alice: Client, room: string, guestAccess: string) =>
  alice.ok('PUT', `${roomPath(room)}/state/m.room.guest_access/`, { guest_access: guestAccess });
const memberOf = async (reader: Client, room: string, userId: string) =>
  (await reader.ok('GET', `${roomPath(room)}/state/m.room.member/${userId}`)).body['membership'];

/** A request that is well formed, so that only who asks can be what is wrong with it. */
function target({ path }: Endpoint, fills: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(fills[name] ?? 'x'));
}

test('guests are refused unless the operator lets them in', async () => {
  refused(await new Client(new Hearth()).call('POST', `${REGISTER}?kind=guest`, {}), 403, 'M_GUEST_ACCESS_FORBIDDEN');
  refused(
    await new Client(new Hearth({ guests: true })).call('POST', `${REGISTER}?kind=else`, {}),
    400,
    'M_INVALID_PARAM',
  );
});

test('a guest needs no authentication, also where registration is closed, and is known as one', async () => {
  const guest = await guestOf(new Hearth({ guests: true, registration: 'closed' }));
  const { body } = await guest.ok('GET', `${V3}/account/whoami`);
  assert.deepEqual(body, { user_id: guest.userId, device_id: guest.deviceId, is_guest: true });
});

test('all that a guest says but the name of the device is ignored, whatever it is', async () => {
  const { hearth } = await world();
  const said = { username: 'alice', password: 'x', device_id: 'MINE', auth: { type: 'x' }, inhibit_login: true };
  const guest = await guestOf(hearth, { ...said, refresh_token: true, initial_device_display_name: 'Phone' });
  assert.notEqual(guest.userId, '@alice:hs1');
  assert.notEqual(guest.deviceId, 'MINE');
  assert.notEqual(guest.token, 'undefined');
  assert.equal((await guest.ok('GET', `${V3}/devices/${guest.deviceId}`)).body['display_name'], 'Phone');
  await guestOf(hearth, { username: 5, password: [], device_id: {}, auth: 'x', inhibit_login: 'x', refresh_token: 1 });
  await guestOf(hearth, '');
});

test('endpoints are open to guests that the specification lists, and no others', () => {
  const open = endpoints.filter((endpoint) => endpoint.auth === 'user' && endpoint.guests === true);
  assert.deepEqual(
    open.filter(({ method, path }) => !LISTED.has(`${method} ${path}`)).map(({ operationId }) => operationId),
    [],
  );
  const closed = endpoints.filter(({ method, path }) => LISTED.has(`${method} ${path}`));
  assert.deepEqual(
    closed.filter((endpoint) => !open.includes(endpoint)).map(({ operationId }) => operationId),
    [],
  );
});

test('a guest’s token is refused everywhere else, and not where it is listed', async () => {
  const { alice, guest } = await world();
  const room = await roomFor(alice, 'can_join');
  await guest.join(room);
  const fills = {
    roomId: room,
    roomIdOrAlias: room,
    userId: guest.userId,
    keyName: 'displayname',
    deviceId: guest.deviceId,
  };
  for (const endpoint of endpoints) {
    if (endpoint.auth !== 'user') continue;
    const query = endpoint.operationId === 'peekEvents' ? `?timeout=0&room_id=${encodeURIComponent(room)}` : '';
    const path = target(endpoint, fills) + query;
    const answer = await guest.call(endpoint.method, path, endpoint.body === undefined ? undefined : {});
    const isListed = LISTED.has(`${endpoint.method} ${endpoint.path}`);
    const isRefused = answer.status === 403 && answer.body.errcode === 'M_GUEST_ACCESS_FORBIDDEN';
    assert.equal(isRefused, !isListed, `${endpoint.operationId}: ${answer.status} ${JSON.stringify(answer.body)}`);
    assert.ok(answer.status < 500, endpoint.operationId);
  }
});

test('a guest changes the display name, and no other field of the profile', async () => {
  const { guest } = await world();
  const field = (name: string) => `${V3}/profile/${guest.userId}/${name}`;
  await guest.ok('PUT', field('displayname'), { displayname: 'Passer-by' });
  assert.equal((await guest.ok('GET', field('displayname'))).body['displayname'], 'Passer-by');
  await guest.ok('DELETE', field('displayname'));
  for (const name of ['avatar_url', 'm.tz', 'displayName', 'displayname%20']) {
    refused(await guest.call('PUT', field(name), { [name]: 'x' }), 403, 'M_GUEST_ACCESS_FORBIDDEN');
    refused(await guest.call('DELETE', field(name)), 403, 'M_GUEST_ACCESS_FORBIDDEN');
  }
});

test('a guest joins, speaks and leaves where guests may join, and nowhere else, by whatever endpoint', async () => {
  const { alice, guest } = await world();
  const open = await roomFor(alice, 'can_join');
  await guest.join(open);
  await guest.send(open, 'hello');
  assert.ok((await guest.sync()).rooms?.join?.[open]);
  await guest.ok('POST', `${roomPath(open)}/leave`, {});
  for (const access of ['forbidden', 'other', undefined]) {
    const room = await roomFor(alice, access);
    refused(await guest.call('POST', `${roomPath(room)}/join`, {}), 403, 'M_GUEST_ACCESS_FORBIDDEN');
    const own = `${roomPath(room)}/state/m.room.member/${guest.userId}`;
    refused(await guest.call('PUT', own, { membership: 'join' }), 403, 'M_GUEST_ACCESS_FORBIDDEN');
    await alice.invite(room, guest.userId);
    refused(await guest.call('POST', `${roomPath(room)}/join`, {}), 403, 'M_GUEST_ACCESS_FORBIDDEN');
  }
  // Guests may join, but not this one.
  const closed = await roomFor(alice, 'can_join', { preset: 'private_chat' });
  refused(await guest.call('POST', `${roomPath(closed)}/join`, {}), 403, 'M_FORBIDDEN');
});

test('guests leave when the room lets them in no longer; users and those invited stay', async () => {
  const { hearth, alice, guest } = await world();
  const room = await roomFor(alice, 'can_join');
  const bob = await Client.register(hearth, 'bob');
  const guests = [guest, ...(await Promise.all(Array.from({ length: 60 }, () => guestOf(hearth))))];
  for (const client of [bob, ...guests]) await client.join(room);
  const invited = await guestOf(hearth);
  await alice.invite(room, invited.userId);
  const since = (await guest.sync()).next_batch;
  await setAccess(alice, room, 'forbidden');
  await hearth.settle();
  for (const { userId } of guests) assert.equal(await memberOf(alice, room, userId), 'leave');
  assert.equal(await memberOf(alice, room, bob.userId), 'join');
  assert.equal(await memberOf(alice, room, invited.userId), 'invite');
  const last = (await guest.sync({ since })).rooms?.leave?.[room]?.timeline?.events.at(-1);
  assert.deepEqual([last?.state_key, last?.sender, last?.content['membership']], [guest.userId, guest.userId, 'leave']);
  refused(await guest.call('PUT', `${roomPath(room)}/send/m.room.message/x`, { body: 'x' }), 403, 'M_FORBIDDEN');
  await setAccess(alice, room, 'can_join');
  await guest.join(room);
  assert.equal(await memberOf(alice, room, guest.userId), 'join');
});

test('a redacted guest_access lets guests in no longer', async () => {
  const { hearth, alice, guest } = await world();
  const room = await roomFor(alice, undefined);
  const { event_id: eventId } = (await setAccess(alice, room, 'can_join')).body;
  await guest.join(room);
  await alice.ok('PUT', `${roomPath(room)}/redact/${encodeURIComponent(String(eventId))}/r`, {});
  await hearth.settle();
  assert.equal(await memberOf(alice, room, guest.userId), 'leave');
});

test('guests whom a crash kept from leaving leave by the alarm', async () => {
  const { hearth, alice, guest } = await world();
  const room = await roomFor(alice, 'can_join');
  await guest.join(room);
  const sql = (text: string) => hearth.connection.own(text).run();
  // As if the server had died between the commit that shuts guests out and the one in which they leave.
  sql('CREATE TABLE kept AS SELECT * FROM room_guests');
  sql('DELETE FROM room_guests');
  await setAccess(alice, room, 'forbidden');
  for (let n = 0; n < 12; n++) await alice.createRoom();
  assert.equal(await memberOf(alice, room, guest.userId), 'join');
  for (let n = 0; n < 12; n++) await alice.createRoom();
  sql('INSERT INTO room_guests SELECT * FROM kept');
  await hearth.sleep(60_000);
  assert.equal(await memberOf(alice, room, guest.userId), 'leave');
  assert.equal(hearth.connection.own('SELECT COUNT(*) AS n FROM room_guests').get()?.['n'], 0);
});

test('a guest looks into what the world may read, and into nothing else', async () => {
  const { alice, guest } = await world();
  for (const [visibility, status] of [
    ['world_readable', 200],
    ['shared', 403],
    ['invited', 403],
    ['joined', 403],
  ] as const) {
    const room = await alice.createRoom({
      preset: 'public_chat',
      initial_state: [{ type: 'm.room.history_visibility', content: { history_visibility: visibility } }],
    });
    const said = encodeURIComponent(await alice.send(room, 'hello'));
    for (const path of ['state', 'messages?dir=b', 'initialSync', 'state/m.room.create/', 'members']) {
      const answer = await guest.call('GET', `${roomPath(room)}/${path}`);
      assert.equal(answer.status, status, `${visibility} ${path}`);
    }
    const event = await guest.call('GET', `${roomPath(room)}/event/${said}`);
    assert.equal(event.status === 200, status === 200, visibility);
  }
});

test('a guest becomes a user, with the same name, rooms and devices, and a password', async () => {
  const { alice, guest } = await world();
  const room = await roomFor(alice, 'can_join');
  await guest.join(room);
  const asked = {
    username: guest.userId.slice(1, guest.userId.indexOf(':')),
    password: 'now known',
    guest_access_token: guest.token,
  };
  const stranger = new Client(guest.server);
  const { session } = (await stranger.call('POST', REGISTER, asked)).body;
  const auth = { type: 'm.login.dummy', session };
  const { body } = await stranger.ok('POST', REGISTER, { ...asked, auth, device_id: 'NEW' });
  assert.deepEqual([body['user_id'], body['device_id']], [guest.userId, 'NEW']);
  assert.equal((await guest.ok('GET', `${V3}/account/whoami`)).body['is_guest'], false);
  await guest.ok('GET', `${V3}/capabilities`);
  await stranger.ok('POST', `${V3}/login`, {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: guest.userId },
    password: 'now known',
  });
  // A second time there is no guest.
  refused(await stranger.call('POST', REGISTER, asked), 403, 'M_FORBIDDEN');
  // And the room is no longer one for guests to this user.
  await setAccess(alice, room, 'forbidden');
  assert.equal(await memberOf(alice, room, guest.userId), 'join');
});

test('nobody becomes a guest’s successor without that guest’s token and name', async () => {
  const { hearth, alice, guest } = await world();
  const username = guest.userId.slice(1, guest.userId.indexOf(':'));
  const other = await guestOf(hearth);
  const attempt = (more: object) =>
    new Client(hearth).call('POST', REGISTER, { username, password: 'x', auth: { type: 'm.login.dummy' }, ...more });
  refused(await attempt({}), 400, 'M_USER_IN_USE');
  for (const token of ['', 'x', alice.token]) refused(await attempt({ guest_access_token: token }), 403, 'M_FORBIDDEN');
  refused(await attempt({ guest_access_token: other.token }), 400, 'M_INVALID_USERNAME');
  refused(await attempt({ guest_access_token: guest.token, username: 'free' }), 400, 'M_INVALID_USERNAME');
  refused(await attempt({ guest_access_token: guest.token, username: undefined }), 400, 'M_MISSING_PARAM');
  refused(await attempt({ guest_access_token: guest.token, auth: undefined }), 401, undefined as unknown as string);
  assert.equal((await guest.ok('GET', `${V3}/account/whoami`)).body['is_guest'], true);
});

test('a guest who becomes a user uses up the registration token', async () => {
  const hearth = new Hearth({ guests: true, registration: 'token' });
  const guest = await guestOf(hearth);
  await hearth.actors.home().createRegistrationToken('once', 1, undefined);
  const asked = {
    username: guest.userId.slice(1, guest.userId.indexOf(':')),
    password: 'x',
    guest_access_token: guest.token,
    auth: { type: 'm.login.registration_token', token: 'once' },
  };
  await new Client(hearth).ok('POST', REGISTER, asked);
  assert.equal(await hearth.actors.home().registrationTokenValid('once'), false);
});
