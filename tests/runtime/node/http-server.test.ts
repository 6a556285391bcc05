// The HTTP door inwards, by real requests.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { HttpServer } from '../../../src/runtime/node/http-server.ts';
import { makeLog } from '../../../src/runtime/node/logger.ts';
import { atEnd, openHomeserver } from './opened.ts';

async function listening(t: TestContext): Promise<string> {
  const homeserver = openHomeserver(t);
  const server = new HttpServer({
    handler: homeserver.handler,
    gate: homeserver.data.gate,
    shown: homeserver.shown,
    held: () => undefined,
    log: makeLog('silent'),
    failpoint: () => undefined,
    trustedProxies: ['127.0.0.1'],
  });
  const port = await server.listen('127.0.0.1', 0);
  atEnd(t, () => server.stop(1000));
  return `http://127.0.0.1:${port}`;
}

/** Sends bytes as they are and answers all that comes until the server closes. */
async function raw(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString();
  });
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

test('a handler that throws is a 500 in the words of the specification', async (t) => {
  const answer = await fetch(`${await listening(t)}/throw`);
  assert.equal(answer.status, 500);
  assert.deepEqual(await answer.json(), { errcode: 'M_UNKNOWN', error: 'Internal server error' });
});

test('the target arrives as it was sent', async (t) => {
  const url = await listening(t);
  const answer = await raw(url, 'GET /target/%2F%2e%2E/a?b=%41&c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.ok(answer.endsWith('{"target":"/target/%2F%2e%2E/a?b=%41&c","address":"127.0.0.1"}'), answer);
});

test('a trusted proxy tells the address, and what a client claims before it is not believed', async (t) => {
  const answer = await fetch(`${await listening(t)}/target`, {
    headers: { 'x-forwarded-for': '6.6.6.6, 203.0.113.9' },
  });
  assert.equal(((await answer.json()) as { address: string }).address, '203.0.113.9');
});

test('HEAD has the length of the answer and no body, and the connection goes on', async (t) => {
  const answer = await raw(
    await listening(t),
    'HEAD /a HTTP/1.1\r\nHost: x\r\n\r\nGET /target HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  );
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Length: 2\r\n[\s\S]*\r\n\r\nHTTP\/1\.1 200 OK/);
});

test('a body that is declared or turns out too long is refused, and the server goes on', async (t) => {
  const url = await listening(t);
  const declared = await raw(url, 'PUT /body HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000000\r\n\r\n');
  assert.match(declared, /^HTTP\/1\.1 500[\s\S]*Connection: close/);
  const chunk = 'a'.repeat(2000);
  const streamed = await raw(
    url,
    `PUT /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n${chunk}\r\n`,
  );
  assert.match(streamed, /^HTTP\/1\.1 500[\s\S]*Connection: close/);
  const good = await fetch(`${url}/body`, { method: 'PUT', body: 'a'.repeat(1000) });
  assert.deepEqual(await good.json(), { bytes: 1000 });
});
