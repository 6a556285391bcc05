// Every endpoint that writes gets what no honest client sends: the answer is one of the specification's errors, never a 5xx,
// and nothing has changed. https://spec.matrix.org/v1.19/client-server-api/#standard-error-response
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, roomPath } from './client.ts';
import { RUNTIMES, Server } from './server.ts';

interface Endpoint {
  readonly method: string;
  readonly path: string;
  /** A body that is good, of which every member is made bad in turn. */
  readonly good: Readonly<Record<string, unknown>>;
  /** An empty object is a good request here. */
  readonly emptyIsGood?: boolean;
  /** A body that is not read at all, or any object is good. */
  readonly anyObject?: boolean;
}

function endpoints(alice: Client, bob: Client, roomId: string, eventId: string): readonly Endpoint[] {
  const user = `/_matrix/client/v3/user/${encodeURIComponent(alice.userId)}`;
  const room = roomPath(roomId);
  const key = { first_message_index: 0, forwarded_count: 0, is_verified: true, session_data: {} };
  return [
    {
      method: 'POST',
      path: '/_matrix/client/v3/login',
      good: { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'alice' }, password: 'wrong' },
    },
    {
      method: 'POST',
      path: '/_matrix/client/v3/createRoom',
      good: {
        preset: 'private_chat',
        name: 'n',
        topic: 't',
        invite: [],
        initial_state: [],
        creation_content: {},
        room_version: '11',
      },
      emptyIsGood: true,
    },
    { method: 'PUT', path: `${room}/send/m.room.message/bad1`, good: { msgtype: 'm.text', body: 'b' } },
    { method: 'PUT', path: `${room}/state/m.room.name/`, good: { name: 'n' }, anyObject: true },
    {
      method: 'PUT',
      path: `${room}/redact/${encodeURIComponent(eventId)}/bad2`,
      good: { reason: 'r' },
      emptyIsGood: true,
    },
    { method: 'POST', path: `${room}/invite`, good: { user_id: bob.userId, reason: 'r' } },
    { method: 'POST', path: `${room}/kick`, good: { user_id: bob.userId, reason: 'r' } },
    { method: 'POST', path: `${room}/ban`, good: { user_id: bob.userId, reason: 'r' } },
    { method: 'POST', path: `${room}/unban`, good: { user_id: bob.userId, reason: 'r' } },
    {
      method: 'PUT',
      path: `${room}/typing/${encodeURIComponent(alice.userId)}`,
      good: { typing: true, timeout: 1000 },
    },
    {
      method: 'PUT',
      path: `/_matrix/client/v3/profile/${encodeURIComponent(alice.userId)}/displayname`,
      good: { displayname: 'Alice' },
    },
    { method: 'PUT', path: `${user}/account_data/test.type`, good: {}, anyObject: true },
    {
      method: 'POST',
      path: `${user}/filter`,
      good: { room: {}, event_fields: [], event_format: 'client' },
      emptyIsGood: true,
    },
    {
      method: 'POST',
      path: '/_matrix/client/v3/keys/upload',
      good: { device_keys: {}, one_time_keys: {}, fallback_keys: {} },
      emptyIsGood: true,
    },
    { method: 'POST', path: '/_matrix/client/v3/keys/query', good: { device_keys: {} } },
    { method: 'POST', path: '/_matrix/client/v3/keys/claim', good: { one_time_keys: {} } },
    {
      method: 'POST',
      path: '/_matrix/client/v3/keys/device_signing/upload',
      good: { master_key: {}, self_signing_key: {}, user_signing_key: {} },
    },
    { method: 'POST', path: '/_matrix/client/v3/keys/signatures/upload', good: {}, emptyIsGood: true },
    { method: 'PUT', path: '/_matrix/client/v3/sendToDevice/test.type/bad3', good: { messages: {} } },
    {
      method: 'POST',
      path: '/_matrix/client/v3/room_keys/version',
      good: { algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2', auth_data: {} },
    },
    {
      method: 'PUT',
      path: '/_matrix/client/v3/room_keys/keys?version=1',
      good: { rooms: { [roomId]: { sessions: { s: key } } } },
    },
    {
      method: 'PUT',
      path: `/_matrix/client/v3/devices/${alice.deviceId}`,
      good: { display_name: 'd' },
      emptyIsGood: true,
    },
    { method: 'POST', path: '/_matrix/client/v3/delete_devices', good: { devices: ['NONE'] } },
    {
      method: 'POST',
      path: `${room}/receipt/m.read/${encodeURIComponent(eventId)}`,
      good: { thread_id: 'main' },
      emptyIsGood: true,
    },
  ];
}

const NEVER_GOOD: readonly (readonly [name: string, body: string | Uint8Array])[] = [
  ['text that is no JSON', '{"a":'],
  ['an array', '[]'],
  ['null', 'null'],
  ['a string', '"x"'],
  ['a number', '1'],
  ['a duplicate key', '{"a":1,"a":2}'],
  ['NaN', '{"a":NaN}'],
  ['bytes that are not UTF-8', new Uint8Array([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xe9, 0x22, 0x7d])],
  ['a lone surrogate', '{"a":"\\ud800"}'],
  ['depth of 10,000', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
];
const WRONG_VALUES: readonly unknown[] = [
  null,
  1,
  1.5,
  true,
  'text',
  [],
  [1],
  [null],
  {},
  { a: 1 },
  { '@x:y': 5 },
  { __proto__: null, constructor: 1 },
];

for (const runtime of RUNTIMES) {
  test(`${runtime}: bad input is refused with an error of the specification and changes nothing`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const bob = await Client.register(server, 'bob');
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    const eventId = await alice.send(roomId, 'a message');
    const before = JSON.stringify((await alice.ok('GET', `${roomPath(roomId)}/state`)).body);

    for (const endpoint of endpoints(alice, bob, roomId, eventId)) {
      const { method, path, good } = endpoint;
      const refused = async (what: string, body: string | Uint8Array): Promise<void> => {
        const answer = await alice.call(method, path, body);
        assert.ok(
          answer.status >= 400 && answer.status < 500,
          `${method} ${path} with ${what}: ${answer.status} ${JSON.stringify(answer.body)}`,
        );
        assert.match(String(answer.body.errcode), /^M_[A-Z_]+$/, `${method} ${path} with ${what}`);
        assert.equal(typeof answer.body['error'], 'string', `${method} ${path} with ${what}`);
      };
      for (const [what, body] of NEVER_GOOD) await refused(what, body);
      if (!endpoint.emptyIsGood && !endpoint.anyObject) await refused('an empty object', '{}');
      for (const name of Object.keys(good)) {
        for (const value of WRONG_VALUES) {
          const answer = await alice.call(method, path, { ...good, [name]: value });
          assert.ok(
            answer.status < 500,
            `${method} ${path} with ${name}=${JSON.stringify(value)}: ${answer.status} ${JSON.stringify(answer.body)}`,
          );
          const challenged = answer.status === 401 && Array.isArray(answer.body['flows']);
          if (answer.status !== 200 && !challenged) assert.match(String(answer.body.errcode), /^M_[A-Z_]+$/);
        }
      }
    }
    const large = `{"body":"${'x'.repeat(70_000)}","msgtype":"m.text"}`;
    assert.equal((await alice.call('PUT', `${roomPath(roomId)}/send/m.room.message/large`, large)).status, 413);
    const floats = await alice.call(
      'PUT',
      `${roomPath(roomId)}/send/m.room.message/floats`,
      '{"body":"b","msgtype":"m.text","n":1.5}',
    );
    assert.deepEqual([floats.status, floats.body.errcode], [400, 'M_BAD_JSON']);
    const after = (await alice.ok('GET', `${roomPath(roomId)}/state`)).body as unknown as readonly {
      readonly type: string;
    }[];
    // The room's name and the members' profiles were set on the way, by what turned out to be good; ages grow.
    const untouched = (state: readonly { readonly type: string }[]) =>
      state
        .filter(({ type }) => type !== 'm.room.name' && type !== 'm.room.member')
        .map((event) => ({ ...event, unsigned: {} }));
    assert.deepEqual(untouched(after), untouched(JSON.parse(before) as readonly { readonly type: string }[]));
    assert.equal((await fetch(`${server.url}/_matrix/client/versions`)).status, 200);
  });
}
