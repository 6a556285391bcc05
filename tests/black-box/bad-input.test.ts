// Every endpoint that takes a body gets what no honest client sends: the answer is one of the specification's errors, never a
// 5xx, and nothing has changed. The endpoint values are walked, so that one that is added is asked too. https://spec.matrix.org/v1.19/client-server-api/#standard-error-response
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import type { Endpoint } from '../../src/api/endpoint.ts';
import { endpoints } from '../../src/api/endpoints.ts';
import { Client, roomPath } from './client.ts';
import { RUNTIMES, Server } from './server.ts';

interface Request {
  readonly method: string;
  readonly path: string;
  /** A body that is good, of which every member is made bad in turn. */
  readonly good: Readonly<Record<string, unknown>>;
  /** An empty object is a good request here. */
  readonly emptyIsGood?: boolean;
  /** A body that is not read at all, or any object is good. */
  readonly anyObject?: boolean;
}

/** Requests that are good but for what is put in, so that it gets past the first checks. */
function requests(alice: Client, bob: Client, roomId: string, eventId: string): readonly Request[] {
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

/** Unless an endpoint says otherwise. */
const BODY_BYTES = 256 * 1024;

/** Bodies that an endpoint must refuse: what is never good, what its own shape does not let pass, and what is too long. */
function mustRefuse(endpoint: Endpoint): (readonly [what: string, body: string | Uint8Array])[] {
  const { body: shape, maxBodyBytes = BODY_BYTES } = endpoint;
  if (!shape) return [];
  const names = Object.keys((shape as { entries?: object }).entries ?? {});
  const wrong = [
    ...(endpoint.emptyBody ? [] : ['{}']),
    ...names.flatMap((name) => WRONG_VALUES.map((value) => JSON.stringify({ [name]: value }))),
  ]
    .filter((body) => !v.safeParse(shape, JSON.parse(body)).success)
    .map((body) => [body, body] as const);
  const long = maxBodyBytes > 1024 * 1024 ? [] : [['too much', `{"a":"${'x'.repeat(maxBodyBytes)}"}`] as const];
  const whole = endpoint.integersOnly
    ? [['a float', '{"a":1.5}'] as const, ['an integer beyond 2^53', '{"a":9007199254740993}'] as const]
    : [];
  return [...NEVER_GOOD, ...wrong, ...long, ...whole];
}

/** An endpoint's path with the values of a world in it. */
function pathIn(endpoint: Endpoint, values: ReadonlyMap<string, string>): string {
  return endpoint.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values.get(name) ?? 'x'));
}

/** All that two people see of the server, but for what time alone changes. */
async function digest(people: readonly Client[], roomId: string): Promise<string> {
  const seen: unknown[] = [];
  for (const person of people)
    for (const path of [
      `${roomPath(roomId)}/state`,
      `${roomPath(roomId)}/messages?dir=b&limit=1000`,
      '/_matrix/client/v3/sync?full_state=true&set_presence=offline',
      '/_matrix/client/v3/devices',
      `/_matrix/client/v3/profile/${encodeURIComponent(person.userId)}`,
      '/_matrix/client/v3/pushrules/',
      '/_matrix/client/v3/room_keys/version',
      '/_matrix/client/v3/room_keys/keys?version=1',
    ]) {
      const { status, body } = await person.call('GET', path);
      seen.push([path, status, body]);
    }
  const passing = new Set(['age', 'last_seen_ts', 'last_seen_ip', 'next_batch', 'start', 'end']);
  return JSON.stringify(seen, (key, value: unknown) => (passing.has(key) ? undefined : value), 1);
}

for (const runtime of RUNTIMES) {
  test(`${runtime}: every endpoint refuses a bad body with an error of the specification, and nothing changes`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const bob = await Client.register(server, 'bob');
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    const eventId = await alice.send(roomId, 'a message');
    await bob.join(roomId);
    const version = await alice.ok('POST', '/_matrix/client/v3/room_keys/version', { algorithm: 'a', auth_data: {} });
    const values = new Map([
      ['roomId', roomId],
      ['roomIdOrAlias', roomId],
      ['eventId', eventId],
      ['userId', alice.userId],
      ['deviceId', alice.deviceId],
      ['version', String(version.body['version'])],
      ['receiptType', 'm.read'],
      ['eventType', 'm.room.message'],
      ['keyName', 'displayname'],
    ]);
    const before = await digest([alice, bob], roomId);
    let asked = 0;
    for (const endpoint of endpoints) {
      for (const [what, body] of mustRefuse(endpoint)) {
        const { method } = endpoint;
        const answer = await alice.call(method, `${pathIn(endpoint, values)}?version=${values.get('version')}`, body);
        const about = `${method} ${endpoint.path} with ${what}: ${answer.status} ${JSON.stringify(answer.body)}`;
        assert.ok(answer.status >= 400 && answer.status < 500, about);
        assert.match(String(answer.body.errcode), /^M_[A-Z_]+$/, about);
        assert.equal(typeof answer.body['error'], 'string', about);
        asked++;
      }
    }
    assert.ok(asked > 500, String(asked));
    assert.equal(await digest([alice, bob], roomId), before);
  });

  test(`${runtime}: members that are wrong one at a time are no failure of the server`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const alice = await Client.register(server, 'alice');
    const bob = await Client.register(server, 'bob');
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    const eventId = await alice.send(roomId, 'a message');
    const before = JSON.stringify((await alice.ok('GET', `${roomPath(roomId)}/state`)).body);

    for (const request of requests(alice, bob, roomId, eventId)) {
      const { method, path, good } = request;
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
      if (!request.emptyIsGood && !request.anyObject) await refused('an empty object', '{}');
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
