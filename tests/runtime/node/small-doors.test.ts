// Passwords, blobs and the HTTP door outwards.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FolderBlobs } from '../../../src/runtime/node/folder-blobs.ts';
import { OutboundHttp } from '../../../src/runtime/node/outbound-http.ts';
import { isPrivate } from '../../../src/runtime/node/private-addresses.ts';
import { ScryptPasswords } from '../../../src/runtime/node/scrypt-passwords.ts';
import { atEnd, temporaryDirectory } from './opened.ts';

test('a password is known by its hash, whatever the cost was then; another is not, nor a hash of unknown form', async () => {
  const passwords = new ScryptPasswords(16);
  const hash = await new ScryptPasswords(32).hash('secret');
  assert.match(hash, /^scrypt\$32\$8\$1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.equal(await passwords.verify('secret', hash), true);
  assert.equal(await passwords.verify('Secret', hash), false);
  assert.equal(await passwords.verify('secret', '$2b$12$unknown'), false);
  assert.notEqual(await passwords.hash('secret'), await passwords.hash('secret'));
});

test('a blob comes back whole and in parts, and is gone when deleted', async (t) => {
  const blobs = new FolderBlobs(join(temporaryDirectory(t), 'media'));
  const bytes = new Uint8Array(200_000).map((_, index) => index % 251);
  const read = async (range?: { offset: number; length: number }) => {
    const blob = await blobs.get('ab/cd', range);
    return (
      blob && {
        size: blob.size,
        bytes: new Uint8Array(await new Response(blob.bytes as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer()),
      }
    );
  };
  assert.deepEqual(await blobs.put('ab/cd', new Blob([bytes]).stream()), { size: 200_000 });
  assert.deepEqual(await read(), { size: 200_000, bytes });
  assert.deepEqual((await read({ offset: 70_000, length: 10 }))?.bytes, bytes.subarray(70_000, 70_010));
  await blobs.delete('ab/cd');
  assert.equal(await read(), undefined);
});

test('a blob whose bytes stop early leaves nothing behind', async (t) => {
  const directory = temporaryDirectory(t);
  const broken = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      controller.error(new Error('gone'));
    },
  });
  await assert.rejects(new FolderBlobs(directory).put('half', broken), /gone/);
  assert.deepEqual(readdirSync(directory, { recursive: true }), ['.incoming']);
});

test('what a process had begun to write when it ended is cleared by the next', (t) => {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, '.incoming'));
  writeFileSync(join(directory, '.incoming', 'begun'), 'half');
  new FolderBlobs(directory);
  assert.deepEqual(readdirSync(directory, { recursive: true }), ['.incoming']);
});

test('private and special addresses are known in each notation', () => {
  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '::1',
    'fe80::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '64:ff9b::7f00:1',
    'not an address',
  ]) {
    assert.equal(isPrivate(address), true, address);
  }
  for (const address of ['1.1.1.1', '93.184.216.34', '2606:4700::1111'])
    assert.equal(isPrivate(address), false, address);
});

async function answering(t: TestContext): Promise<string> {
  const server = createServer((message, response) => {
    if (message.url === '/redirect') return response.writeHead(302, { location: '/other' }).end();
    if (message.url === '/hang') return undefined;
    return response.end(`${message.headers.host} ${'x'.repeat(100)}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => {
    server.close();
    server.closeAllConnections();
  });
  return `:${(server.address() as AddressInfo).port}`;
}

const GET = { method: 'GET', headers: [], body: undefined, maxAnswerBytes: 1000, timeoutMs: 5000 };

test('a call names the host, follows no redirect, and ends at its bounds', async (t) => {
  const port = await answering(t);
  const http = new OutboundHttp({ allowPrivateAddresses: true, lookup: { addresses: async () => ['127.0.0.1'] } });
  const answer = await http.send({ ...GET, url: `http://example.org${port}/` });
  assert.ok(new TextDecoder().decode(answer.body).startsWith(`example.org${port} x`));
  assert.equal((await http.send({ ...GET, url: `http://example.org${port}/redirect` })).status, 302);
  await assert.rejects(
    http.send({ ...GET, url: `http://example.org${port}/`, maxAnswerBytes: 50 }),
    /longer than 50 bytes/,
  );
  await assert.rejects(http.send({ ...GET, url: `http://example.org${port}/hang`, timeoutMs: 50 }), /aborted|timeout/i);
});

test('a name or address that leads into the private network is not called', async (t) => {
  const port = await answering(t);
  const http = new OutboundHttp({
    allowPrivateAddresses: false,
    lookup: { addresses: async (name) => [name === 'inside.example' ? '127.0.0.1' : name] },
  });
  for (const host of ['inside.example', '127.0.0.1', '2130706433', '[::1]', '[::ffff:7f00:1]']) {
    await assert.rejects(http.send({ ...GET, url: `http://${host}${port}/` }), /private addresses/, host);
  }
});
