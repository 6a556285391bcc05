// The other doors of the platform: blobs, the HTTP door outwards, passwords and settings.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { ScryptPasswords as NodePasswords } from '../../src/runtime/node/scrypt-passwords.ts';
import { ScryptPasswords } from '../../src/runtime/workers/scrypt-passwords.ts';
import { DEFAULT_ALLOWANCES } from '../../src/spec/rate-limits/allowances.ts';
import { readVariables } from '../../src/runtime/workers/variables.ts';
import { Served } from './served.ts';

const served = await Served.start();
after(() => served.stop());

const blob = (method: string, key: string, query = '', body?: Uint8Array<ArrayBuffer>) =>
  fetch(`${served.url}/test/blob?key=${key}${query}`, { method, ...(body ? { body } : {}) });

test('a blob comes back whole and in parts, also after a kill, and is gone when deleted', async () => {
  const bytes = new Uint8Array(2_300_000).map((_, index) => index % 251);
  assert.deepEqual(await (await blob('PUT', 'ab/cd', '', bytes)).json(), { size: 2_300_000 });
  await served.kill();
  await served.launch();
  const whole = await blob('GET', 'ab/cd');
  assert.equal(whole.headers.get('Blob-Size'), '2300000');
  assert.deepEqual(new Uint8Array(await whole.arrayBuffer()), bytes);
  const part = await blob('GET', 'ab/cd', '&offset=999990&length=1000020');
  assert.deepEqual(new Uint8Array(await part.arrayBuffer()), bytes.slice(999_990, 2_000_010));
  assert.equal((await (await blob('GET', 'ab/cd', '&offset=9999999&length=5')).arrayBuffer()).byteLength, 0);
  await blob('DELETE', 'ab/cd');
  assert.equal((await blob('GET', 'ab/cd')).status, 404);
});

test('a blob is replaced whole, and an empty one is one', async () => {
  await blob('PUT', 'twice', '', new Uint8Array([1, 2, 3]));
  await blob('PUT', 'twice', '', new Uint8Array([4]));
  assert.deepEqual([...new Uint8Array(await (await blob('GET', 'twice')).arrayBuffer())], [4]);
  assert.deepEqual(await (await blob('PUT', 'empty')).json(), { size: 0 });
  assert.equal((await blob('GET', 'empty')).status, 200);
});

test('a call outwards follows no redirect and ends at its bounds', async (t) => {
  const server = createServer((message, response) => {
    if (message.url === '/redirect') return response.writeHead(302, { location: '/other' }).end();
    if (message.url === '/hang') return undefined;
    if (message.url === '/long') return response.end('x'.repeat(1001));
    return response.end(`sent ${message.headers['x-sent']}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const ask = async (path: string, timeout = 5000): Promise<Record<string, unknown>> => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
    return (await (
      await fetch(`${served.url}/test/outward?timeout=${timeout}&url=${encodeURIComponent(url)}`)
    ).json()) as Record<string, unknown>;
  };
  assert.deepEqual(await ask('/'), { status: 200, text: 'sent yes' });
  assert.deepEqual(await ask('/redirect'), { status: 302, location: '/other', text: '' });
  assert.match(String((await ask('/long'))['error']), /longer than 1000 bytes/);
  assert.match(String((await ask('/hang', 50))['error']), /timeout|aborted/i);
});

test('a password hashed on one runtime is known on the other', async () => {
  assert.equal(await new ScryptPasswords(16).verify('secret', await new NodePasswords(32).hash('secret')), true);
  assert.equal(await new NodePasswords(16).verify('secret', await new ScryptPasswords(32).hash('secret')), true);
  assert.equal(await new ScryptPasswords(16).verify('Secret', await new ScryptPasswords(16).hash('secret')), false);
  for (const hash of [
    '',
    'scrypt$16$8$1$$',
    'scrypt$16$8$1$AAAA$AAAA',
    'scrypt$9999999$8$1$AAAA$AAAA',
    '$2b$12$unknown',
  ]) {
    assert.equal(await new ScryptPasswords(16).verify('secret', hash), false, hash);
  }
});

test('settings that cannot be used are named', () => {
  assert.equal(readVariables({ HEARTH_SERVER_NAME: 'example.org', HEARTH_RATE_LIMITS: 'off' }).rateLimits, false);
  const { rateLimits } = readVariables({ HEARTH_SERVER_NAME: 'example.org', HEARTH_RATE_LIMIT_TO_DEVICE: '1/2' });
  assert.deepEqual(rateLimits && rateLimits['to-device'], { perSecond: 1, burst: 2 });
  assert.deepEqual(rateLimits && rateLimits.login, DEFAULT_ALLOWANCES.login);
  assert.throws(
    () => readVariables({ HEARTH_SERVER_NAME: 'example.org', HEARTH_RATE_LIMIT_LOGIN: 'x' }),
    /HEARTH_RATE_LIMIT_LOGIN/,
  );
  assert.equal(readVariables({ HEARTH_SERVER_NAME: 'example.org' }).syncTimeoutMs, 25_000);
  assert.throws(() => readVariables({}), /HEARTH_SERVER_NAME/);
  const wrong = [
    ['HEARTH_SERVER_NAME', 'a/b'],
    ['HEARTH_REGISTRATION', 'yes'],
    ['HEARTH_SYNC_TIMEOUT', '60000'],
    ['HEARTH_PASSWORD_COST', '1000'],
    ['HEARTH_UNKNOWN', '1'],
  ] as const;
  for (const [name, value] of wrong)
    assert.throws(() => readVariables({ HEARTH_SERVER_NAME: 'example.org', [name]: value }), new RegExp(name));
});
