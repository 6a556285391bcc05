// Key backups over the front. https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3/room_keys';
const ROOMS = 100;
const SESSIONS = 100;

interface Keys {
  readonly [room: string]: { readonly sessions: Readonly<Record<string, unknown>> };
}

const data = (mark: string) => ({
  first_message_index: 0,
  forwarded_count: 0,
  is_verified: false,
  session_data: { ciphertext: mark },
});

async function backedUp() {
  const alice = await Client.register(new Hearth(), 'alice');
  const created = await alice.ok('POST', `${V3}/version`, { algorithm: 'm.megolm_backup.v1', auth_data: {} });
  return { alice, version: String(created.body['version']) };
}

/** Every room and every session with a name of its own, one of them `__proto__`. */
function manyKeys(): Keys {
  const sessions = (room: number) => ({
    sessions: Object.fromEntries(
      Array.from({ length: SESSIONS }, (_, n) => [n === 0 ? '__proto__' : `s${n}`, data(`${room} ${n}`)]),
    ),
  });
  return Object.fromEntries(Array.from({ length: ROOMS }, (_, room) => [`!r${room}:hs1`, sessions(room)]));
}

test('ten thousand sessions are stored by one request and read by one, each as it was', async () => {
  const { alice, version } = await backedUp();
  const rooms = manyKeys();
  const stored = await alice.ok('PUT', `${V3}/keys?version=${version}`, { rooms });
  assert.equal(stored.body['count'], ROOMS * SESSIONS);
  const all = await alice.ok('GET', `${V3}/keys?version=${version}`);
  assert.deepEqual(all.body['rooms'], rooms);
  const room = await alice.ok('GET', `${V3}/keys/!r7:hs1?version=${version}`);
  assert.deepEqual(room.body, rooms['!r7:hs1']);
  const one = await alice.ok('GET', `${V3}/keys/!r7:hs1/s3?version=${version}`);
  assert.deepEqual(one.body, data('7 3'));
  const { body } = await alice.ok('GET', `${V3}/version`);
  assert.equal(body['count'], ROOMS * SESSIONS);
  const again = await alice.ok('PUT', `${V3}/keys?version=${version}`, { rooms });
  assert.deepEqual(again.body, { count: ROOMS * SESSIONS, etag: body['etag'] });
});

test('a backup without keys answers an empty object for all and for a room, and 404 for a session', async () => {
  const { alice, version } = await backedUp();
  assert.deepEqual((await alice.ok('GET', `${V3}/keys?version=${version}`)).body, { rooms: {} });
  assert.deepEqual((await alice.ok('GET', `${V3}/keys/!r:hs1?version=${version}`)).body, { sessions: {} });
  const missing = await alice.call('GET', `${V3}/keys/!r:hs1/s?version=${version}`);
  assert.deepEqual([missing.status, missing.body.errcode], [404, 'M_NOT_FOUND']);
});

test('a request with one key that is too large stores none of its keys', async () => {
  const { alice, version } = await backedUp();
  const sessions = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`s${n}`, data('x')]));
  const rooms = { '!r:hs1': { sessions: { ...sessions, last: data('x'.repeat(70_000)) } } };
  const refused = await alice.call('PUT', `${V3}/keys?version=${version}`, { rooms });
  assert.deepEqual([refused.status, refused.body.errcode], [413, 'M_TOO_LARGE']);
  assert.equal((await alice.ok('GET', `${V3}/version`)).body['count'], 0);
});

test('more keys than can be taken at once are refused, and none is stored', async () => {
  const { alice, version } = await backedUp();
  const sessions = Object.fromEntries(Array.from({ length: 20_001 }, (_, n) => [`s${n}`, data('x')]));
  const refused = await alice.call('PUT', `${V3}/keys?version=${version}`, { rooms: { '!r:hs1': { sessions } } });
  assert.deepEqual([refused.status, refused.body.errcode], [413, 'M_TOO_LARGE']);
  assert.equal((await alice.ok('GET', `${V3}/version`)).body['count'], 0);
});

test('a body of as many things as would hold everybody up is refused, of whatever length', async () => {
  const { alice, version } = await backedUp();
  const path = `${V3}/keys?version=${version}`;
  for (const thing of ['{}', '[]', '"a"', '1', '[[1]]']) {
    const many = `{"rooms":{},"more":[${`${thing},`.repeat(310_000)}1]}`;
    const { status, body } = await alice.call('PUT', path, many);
    assert.deepEqual([status, body.errcode], [413, 'M_TOO_LARGE']);
  }
});

test('auth_data has the size of an event at most, and a user a hundred backups; deleted ones make room', async () => {
  const { alice } = await backedUp();
  const wanted = (size: number) => ({ algorithm: 'm.megolm_backup.v1', auth_data: { a: 'x'.repeat(size) } });
  const refusal = async (method: string, path: string, body: object) => {
    const answer = await alice.call(method, path, body);
    return [answer.status, answer.body.errcode];
  };
  assert.deepEqual(await refusal('POST', `${V3}/version`, wanted(65_536)), [413, 'M_TOO_LARGE']);
  assert.deepEqual(await refusal('PUT', `${V3}/version/1`, wanted(65_536)), [413, 'M_TOO_LARGE']);
  await alice.ok('PUT', `${V3}/version/1`, wanted(65_000));
  for (let n = 2; n <= 100; n++) await alice.ok('POST', `${V3}/version`, wanted(1));
  assert.deepEqual(await refusal('POST', `${V3}/version`, wanted(1)), [403, 'M_FORBIDDEN']);
  await alice.ok('DELETE', `${V3}/version/7`);
  assert.equal((await alice.ok('POST', `${V3}/version`, wanted(1))).body['version'], '101');
});
