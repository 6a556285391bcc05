// Every endpoint gets what no honest client sends: the answer is never a failure of ours.
// https://spec.matrix.org/v1.19/client-server-api/#standard-error-response
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoints } from '../../src/api/endpoints.ts';
import { Client } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const PARAMS = [
  '',
  'x',
  '%00',
  '__proto__',
  'constructor',
  '..',
  '%2F%2F',
  '-1',
  '1.5',
  '99999999999999999999',
  '%F0%9F%98%80',
  'x'.repeat(5000),
  '$',
  '!',
  '@',
  '@:',
  '!:',
  '@alice:hs1',
];
const QUERIES = [
  '',
  '?version=x',
  '?version=-1',
  '?from=x&to=y',
  '?since=s1_1_1_1_1_1_1',
  '?limit=0&dir=f&from=p0',
  '?at=p0',
  '?version=99999999999999999999',
  '?format=x',
  '?%00=%ff&=&&',
];
const VALUES = [
  'null',
  '[]',
  '{}',
  '-1',
  '1e300',
  '1.5',
  '""',
  '"\\u0000"',
  '"x"',
  'true',
  '[[]]',
  '[null]',
  '[{}]',
  '{"__proto__":{}}',
  '{"a":[]}',
  '{"a":{"b":null}}',
  '{"@alice:hs1":{"x":{}}}',
  '{"@alice:hs1":[]}',
  '{"ed25519:x":"y"}',
];
const NAMES = [
  'user_id',
  'reason',
  'auth',
  'username',
  'password',
  'device_id',
  'type',
  'identifier',
  'devices',
  'display_name',
  'displayname',
  'typing',
  'timeout',
  'messages',
  'device_keys',
  'one_time_keys',
  'fallback_keys',
  'master_key',
  'self_signing_key',
  'user_signing_key',
  'algorithm',
  'auth_data',
  'rooms',
  'sessions',
  'first_message_index',
  'thread_id',
  'redacts',
  'membership',
  'initial_state',
  'creation_content',
  'power_level_content_override',
  'invite',
  'm.read',
  'm.fully_read',
  'third_party_signed',
  'x',
];

for (const endpoint of endpoints) {
  test(`${endpoint.method} ${endpoint.path} does not fail`, async () => {
    const hearth = new Hearth({ registrationSharedSecret: 'secret' });
    const alice = await Client.register(hearth, 'alice');
    const roomId = await alice.createRoom({ preset: 'public_chat', room_version: '10' });
    const eventId = await alice.send(roomId, 'x');
    const good = new Map([
      ['roomId', roomId],
      ['roomIdOrAlias', roomId],
      ['eventId', eventId],
      ['userId', alice.userId],
      ['version', '1'],
      ['deviceId', 'X'],
      ['receiptType', 'm.read'],
      ['eventType', 'm.room.member'],
    ]);
    const names = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
    const path = (of: (name: string) => string): string =>
      endpoint.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => of(name));
    const usual = (name: string): string => encodeURIComponent(good.get(name) ?? 'x');
    const ask = async (target: string, body: string): Promise<void> => {
      const answer = alice.call(endpoint.method, target, endpoint.body ? body : undefined);
      await hearth.settle();
      // Longer than what waits for events does by itself.
      await hearth.sleep(40_000);
      const { status } = await answer;
      assert.ok(
        status < 500,
        `${endpoint.method} ${target.slice(0, 200)} ${body.slice(0, 200)}: ${status} ${hearth.errors.at(-1)}`,
      );
      if (status === 401 || /logout/.test(target)) Object.assign(alice, { token: (await alice.login()).token });
    };
    for (const name of names)
      for (const value of PARAMS)
        await ask(
          path((other) => (other === name ? value : usual(other))),
          '{}',
        );
    for (const query of QUERIES) await ask(path(usual) + query, '{}');
    if (!endpoint.body) return;
    const members = Object.keys((endpoint.body as { entries?: object }).entries ?? {});
    for (const name of members.length > 0 ? members : NAMES)
      for (const value of VALUES) await ask(path(usual), `{"${name}":${value}}`);
    for (const value of VALUES)
      await ask(path(usual), `{${[...new Set([...members, ...NAMES])].map((name) => `"${name}":${value}`).join(',')}}`);
    assert.deepEqual(hearth.errors, []);
  });
}
