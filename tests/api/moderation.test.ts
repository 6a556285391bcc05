// Locked and suspended accounts, and who answers for the server.
// https://spec.matrix.org/v1.19/client-server-api/#account-moderation
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { type Answer, Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const ADMIN = '/_matrix/client/v1/admin';
const refused = ({ status, body }: Answer, ...expected: [number, string]): void => {
  assert.deepEqual([status, body.errcode], expected);
};

async function administrator(hearth: Hearth): Promise<Client> {
  const path = '/_synapse/admin/v1/register';
  const root = new Client(hearth);
  const nonce = String((await root.ok('GET', path)).body['nonce']);
  const mac = createHmac('sha1', 'secret').update([nonce, 'root', 'pw', 'admin'].join('\0')).digest('hex');
  const { body } = await root.ok('POST', path, { nonce, username: 'root', password: 'pw', mac, admin: true });
  root.token = String(body['access_token']);
  return root;
}

async function people() {
  const hearth = new Hearth({ registrationSharedSecret: 'secret' });
  const alice = await Client.register(hearth, 'alice');
  const root = await administrator(hearth);
  const set = (flag: 'lock' | 'suspend', on: boolean, by = root, whom = '@alice:hs1') =>
    by.call('PUT', `${ADMIN}/${flag}/${whom}`, { [flag === 'lock' ? 'locked' : 'suspended']: on });
  return { hearth, alice, root, set };
}

test('a locked account can do nothing but log out, and is as before when it is unlocked', async () => {
  const { alice, root, set } = await people();
  assert.deepEqual((await set('lock', true)).body, { locked: true });
  assert.deepEqual((await root.ok('GET', `${ADMIN}/lock/@alice:hs1`)).body, { locked: true });
  for (const [method, path] of [
    ['GET', `${V3}/account/whoami`],
    ['GET', `${V3}/sync`],
    ['POST', `${V3}/createRoom`],
    ['GET', `${V3}/capabilities`],
  ] as const) {
    const answer = await alice.call(method, path, method === 'POST' ? {} : undefined);
    refused(answer, 401, 'M_USER_LOCKED');
    assert.equal(answer.body['soft_logout'], true);
  }
  const again = await new Client(alice.server).call('POST', `${V3}/login`, {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: 'alice' },
    password: alice.password,
  });
  refused(again, 401, 'M_USER_LOCKED');
  await set('lock', false);
  assert.equal((await alice.call('GET', `${V3}/account/whoami`)).status, 200);
  await set('lock', true);
  assert.equal((await alice.call('POST', `${V3}/logout`)).status, 200);
});

test('a lock ends an open poll', async () => {
  const { hearth, alice, set } = await people();
  const { next_batch: since } = await alice.sync();
  const poll = alice.call('GET', `${V3}/sync?timeout=30000&since=${since}`);
  await hearth.settle();
  await set('lock', true);
  refused(await poll, 401, 'M_USER_LOCKED');
});

test('a suspended account reads, leaves, and takes back what it said; it says nothing new', async () => {
  const { alice, root, set } = await people();
  const room = await root.createRoom({ preset: 'public_chat' });
  await alice.join(room);
  const own = await alice.send(room, 'mine');
  const theirs = await root.send(room, 'theirs');
  const other = await root.createRoom({ preset: 'public_chat' });
  await set('suspend', true);
  const suspended = async (method: string, path: string, body: unknown = {}) => {
    refused(await alice.call(method, path, body), 403, 'M_USER_SUSPENDED');
  };
  await suspended('PUT', `${roomPath(room)}/send/m.room.message/1`, { body: 'x', msgtype: 'm.text' });
  await suspended('PUT', `${roomPath(room)}/state/m.room.topic/`, { topic: 'x' });
  await suspended('POST', `${roomPath(other)}/join`);
  await suspended('POST', `${V3}/join/${encodeURIComponent(other)}`);
  await suspended('POST', `${V3}/knock/${encodeURIComponent(other)}`);
  await suspended('POST', `${roomPath(room)}/invite`, { user_id: '@bob:hs1' });
  await suspended('POST', `${V3}/createRoom`);
  await suspended('PUT', `${V3}/profile/@alice:hs1/displayname`, { displayname: 'x' });
  await suspended('PUT', `${roomPath(room)}/redact/${encodeURIComponent(theirs)}/2`);
  await suspended('PUT', `${roomPath(room)}/send/m.room.redaction/3`, { redacts: theirs });
  await suspended('PUT', `${roomPath(room)}/state/m.room.member/@alice:hs1`, { membership: 'join', displayname: 'x' });
  const status = `${V3}/presence/@alice:hs1/status`;
  await suspended('PUT', status, { presence: 'online', status_msg: 'read this' });
  await alice.ok('PUT', status, { presence: 'unavailable' });
  await alice.sync();
  await alice.ok('PUT', `${roomPath(room)}/redact/${encodeURIComponent(own)}/4`, {});
  await alice.login('PHONE');
  await alice.ok('POST', `${roomPath(room)}/leave`, {});
  await set('suspend', false);
  await alice.join(other);
});

test('only administrators lock and suspend, and not one another; others learn nothing of who is here', async () => {
  const { alice, root, set } = await people();
  for (const whom of ['@alice:hs1', '@nobody:hs1', '@x:elsewhere', 'junk']) {
    refused(await set('lock', true, alice, whom), 403, 'M_FORBIDDEN');
    refused(await alice.call('GET', `${ADMIN}/suspend/${whom}`), 403, 'M_FORBIDDEN');
  }
  refused(await set('lock', true, root, '@root:hs1'), 403, 'M_FORBIDDEN');
  refused(await set('lock', true, root, '@nobody:hs1'), 404, 'M_NOT_FOUND');
  refused(await set('suspend', true, root, '@x:elsewhere'), 400, 'M_INVALID_PARAM');
  refused(await root.call('PUT', `${ADMIN}/lock/@alice:hs1`, {}), 400, 'M_MISSING_PARAM');
  refused(await root.call('PUT', `${ADMIN}/lock/@alice:hs1`, { locked: 'yes' }), 400, 'M_BAD_JSON');
  assert.deepEqual((await root.ok('GET', `${ADMIN}/suspend/@alice:hs1`)).body, { suspended: false });
});

test('where an account was used is told to its user and to administrators, and to nobody else', async () => {
  const { hearth, alice, root } = await people();
  const phone = await alice.login('PHONE');
  const headers = new Map([
    ['authorization', `Bearer ${phone.token}`],
    ['user-agent', 'Phone/1'],
  ]);
  await hearth.request('GET', `${V3}/account/whoami`, headers, undefined, '203.0.113.7');
  const whois = (by: Client, userId: string) => by.call('GET', `${V3}/admin/whois/${userId}`);
  for (const by of [alice, root]) {
    const { status, body } = await whois(by, alice.userId);
    assert.deepEqual([status, body['user_id']], [200, alice.userId]);
    const devices = body['devices'] as Record<string, { sessions: unknown }>;
    assert.deepEqual(Object.keys(devices).sort(), [alice.deviceId, 'PHONE'].sort());
    const connections = [{ ip: '203.0.113.7', last_seen: 1_700_000_000_000, user_agent: 'Phone/1' }];
    assert.deepEqual(devices['PHONE'], { sessions: [{ connections }] });
  }
  for (const userId of ['@root:hs1', '@nobody:hs1', '@x:elsewhere', 'x'])
    refused(await whois(alice, userId), 403, 'M_FORBIDDEN');
  refused(await whois(root, '@nobody:hs1'), 404, 'M_NOT_FOUND');
  for (const userId of ['@x:elsewhere', 'x']) refused(await whois(root, userId), 400, 'M_INVALID_PARAM');
});

test('capabilities say what this user can', async () => {
  const { alice, root } = await people();
  const of = async (client: Client) =>
    (await client.ok('GET', `${V3}/capabilities`)).body['capabilities'] as Record<string, unknown>;
  const ordinary = await of(alice);
  assert.deepEqual(ordinary['m.change_password'], { enabled: true });
  assert.deepEqual(ordinary['m.3pid_changes'], { enabled: false });
  assert.deepEqual(ordinary['m.get_login_token'], { enabled: true });
  assert.equal(ordinary['m.account_moderation'], undefined);
  assert.deepEqual((await of(root))['m.account_moderation'], { lock: true, suspend: true });
});

test('who answers for the server is told, if anybody is named', async () => {
  const path = '/.well-known/matrix/support';
  refused(await new Client(new Hearth()).call('GET', path), 404, 'M_NOT_FOUND');
  const contacts = [{ role: 'm.role.admin', matrixId: '@root:hs1', emailAddress: undefined }];
  const named = new Client(new Hearth({ support: { contacts, page: 'https://hs1/help' } }));
  assert.deepEqual((await named.ok('GET', path)).body, {
    contacts: [{ role: 'm.role.admin', matrix_id: '@root:hs1' }],
    support_page: 'https://hs1/help',
  });
  const page = new Client(new Hearth({ support: { contacts: [], page: 'https://hs1/help' } }));
  assert.deepEqual((await page.ok('GET', path)).body, { support_page: 'https://hs1/help' });
});
