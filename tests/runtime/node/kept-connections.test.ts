// Calls over TLS: what is kept from one to the next, and what is not.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { OutboundHttp } from '../../../src/runtime/node/outbound-http.ts';
import { atEnd, temporaryDirectory } from './opened.ts';

interface Asked {
  readonly method: string;
  readonly host: string;
  readonly connection: Socket;
}

/** A server for `one.test` that answers everything, and a client to whom every name leads there. */
async function aServer(t: TestContext) {
  const directory = temporaryDirectory(t);
  const [certificate, key] = [join(directory, 'crt'), join(directory, 'key')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = ['-days', '2', '-subj', '/CN=one', '-addext', 'subjectAltName=DNS:one.test'];
  execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', certificate, ...names], {
    stdio: 'ignore',
  });
  const cert = readFileSync(certificate);
  const asked: Asked[] = [];
  const server = createServer({ cert, key: readFileSync(key) }, (message, response) => {
    asked.push({ method: message.method ?? '', host: message.headers.host ?? '', connection: message.socket });
    response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const http = new OutboundHttp({
    allowPrivateAddresses: true,
    authorities: [cert.toString()],
    lookup: { addresses: async () => ['127.0.0.1'] },
  });
  const send = async (method: string, host = 'one.test'): Promise<number> => {
    const url = `https://${host}:${port}/`;
    const body = method === 'GET' ? undefined : new TextEncoder().encode('{}');
    const answer = await http.send({ method, url, headers: [], body, maxAnswerBytes: 1000, timeoutMs: 5000 });
    return answer.status;
  };
  return { asked, server, send };
}

const connections = (asked: readonly Asked[]): number => new Set(asked.map(({ connection }) => connection)).size;

test('what is asked of a server soon after goes over the same connection', async (t) => {
  const { asked, send } = await aServer(t);
  for (const method of ['GET', 'PUT', 'PUT', 'GET']) assert.equal(await send(method), 200);
  assert.equal(connections(asked), 1);
});

test('what may not bear being asked twice has a connection of its own', async (t) => {
  const { asked, send } = await aServer(t);
  for (const method of ['GET', 'POST', 'POST']) await send(method);
  assert.equal(connections(asked), 3);
});

test('a connection that the other side has closed meanwhile is noticed, and a new one made', async (t) => {
  const { asked, server, send } = await aServer(t);
  await send('PUT');
  // Its end arrives, or does not, before the next request is sent: either way that is answered.
  server.closeAllConnections();
  assert.equal(await send('PUT'), 200);
  assert.equal(asked.length, 2);
  // One that breaks as it is used again.
  await send('PUT');
  const before = connections(asked);
  server.prependOnceListener('request', (message) => void message.socket.destroy());
  assert.equal(await send('PUT'), 200);
  assert.equal(connections(asked), before + 1);
});

test('a connection that a server has shown itself on is not used for another name at the same address', async (t) => {
  const { asked, send } = await aServer(t);
  await send('GET');
  await assert.rejects(send('GET', 'two.test'), /altnames|certificate/i);
  assert.equal(asked.length, 1);
});
