// Requests as they come through the platform.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { Served } from './served.ts';

const served = await Served.start();
after(() => served.stop());

/** Sends a request line as it stands and answers the body. */
async function raw(target: string): Promise<string> {
  const socket = connect(served.port, '127.0.0.1');
  socket.end(`GET ${target} HTTP/1.1\r\nHost: test.example\r\nConnection: close\r\n\r\n`);
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(socket, 'close');
  return text.slice(text.indexOf('\r\n\r\n') + 4);
}

test('the target arrives as it was sent', async () => {
  for (const target of [
    '/_matrix/a%2Fb/%21c%3Ad?x=%41&y=1%2B1',
    '/a/../b',
    '/a//b/./c',
    '/%zz?%',
    '/a?',
    '/$%7Bx%7D?a=b?c',
    '/!r:x/@u:y/$e',
    '/',
  ]) {
    const told = JSON.parse(await raw(target)) as { target: string };
    assert.equal(told.target, target);
  }
});

test('the hook of tests is not there in production', async () => {
  const answer = await fetch(`${served.url}/_hearth/test/abort?object=room&name=a`, { method: 'POST' });
  assert.equal(answer.status, 404);
  assert.equal(((await answer.json()) as { errcode: string }).errcode, 'M_UNRECOGNIZED');
});

test('a body is read to its limit and not beyond', async () => {
  const post = (body: string | ReadableStream) =>
    fetch(`${served.url}/body`, { method: 'POST', body, duplex: 'half' } as RequestInit);
  assert.equal(await (await post('x'.repeat(1000))).text(), '1000');
  assert.equal(await (await post('')).text(), '0');
  assert.equal((await post('x'.repeat(1001))).status, 500, 'the front of this test does not know the error');
  const chunks = new Blob(['x'.repeat(600), 'x'.repeat(600)]).stream();
  assert.equal((await post(chunks)).status, 500);
});

test('headers of one name stay apart', async () => {
  const answer = await fetch(`${served.url}/hello`);
  assert.equal(answer.headers.get('X-One'), '1, 2');
  assert.equal(await answer.text(), 'hello');
});
