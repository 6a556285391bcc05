// What outsiders do to the HTTP door: bodies too long, too slow, packed, cut off, and no HTTP at all. The whole front stands
// behind it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { connect, Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { HttpServer, type HttpServerOptions } from '../../../src/runtime/node/http-server.ts';
import { Shown } from '../../../src/runtime/node/shown.ts';
import { BODY_TIMES, readBody } from '../../../src/runtime/node/incoming-body.ts';
import { MatrixError } from '../../../src/spec/errors.ts';
import { Hearth } from '../../api/hearth.ts';

const LOGIN = '/_matrix/client/v3/login';

interface Door {
  readonly port: number;
  readonly hearth: Hearth;
  /** What the door itself logged as an error. */
  readonly errors: readonly string[];
}

async function open(t: TestContext, times: HttpServerOptions['times'] = {}): Promise<Door> {
  const hearth = new Hearth();
  const errors: string[] = [];
  const nothing = (): void => undefined;
  const server = new HttpServer({
    handler: hearth.front,
    gate: { failures: 0, settledSince: async () => undefined },
    shown: new Shown(),
    held: () => undefined,
    log: { debug: nothing, info: nothing, warn: nothing, error: (message) => void errors.push(message) },
    failpoint: nothing,
    trustedProxies: [],
    times,
  });
  const port = await server.listen('127.0.0.1', 0);
  t.after(() => server.stop(500));
  return { port, hearth, errors };
}

class Wire {
  readonly socket: Socket;
  answer = '';
  readonly closed: Promise<unknown>;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => {
      this.answer += chunk.toString('latin1');
    });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.once('close', resolve);
    });
  }

  /** Writes again and again until the other side has closed. */
  async dribble(text: string, everyMs: number): Promise<void> {
    let open = true;
    void this.closed.then(() => {
      open = false;
    });
    while (open) {
      this.socket.write(text);
      await delay(everyMs);
    }
  }
}

const post = (...fields: string[]): string => `POST ${LOGIN} HTTP/1.1\r\nHost: x\r\n${fields.join('\r\n')}\r\n\r\n`;

async function answers(port: number): Promise<void> {
  assert.equal((await fetch(`http://127.0.0.1:${port}${LOGIN}`)).status, 200);
}

test('a body of a gigabyte is refused when it is announced', async (t) => {
  const { port } = await open(t, { lingerMs: 100 });
  const wire = new Wire(port);
  wire.socket.write(post('Content-Length: 1073741824', 'Expect: 100-continue'));
  await wire.closed;
  assert.match(wire.answer, /^HTTP\/1\.1 413 [\s\S]*Access-Control-Allow-Origin: \*[\s\S]*M_TOO_LARGE/i);
});

test('a client is told to go on when its body is wanted', async (t) => {
  const { port } = await open(t);
  const wire = new Wire(port);
  wire.socket.write(post('Content-Length: 2', 'Expect: 100-continue', 'Connection: close'));
  await once(wire.socket, 'data');
  assert.match(wire.answer, /^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  wire.socket.write('{}');
  await wire.closed;
  assert.match(wire.answer, /M_MISSING_PARAM/);
});

test('a body in chunks is refused where it gets too long, and its client still reads why', async (t) => {
  const { port, errors, hearth } = await open(t);
  const wire = new Wire(port);
  wire.socket.write(post('Transfer-Encoding: chunked'));
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
  for (let n = 0; n < 100; n++) wire.socket.write(chunk);
  wire.socket.write('0\r\n\r\n');
  await wire.closed;
  assert.match(wire.answer, /^HTTP\/1\.1 413 [\s\S]*M_TOO_LARGE/);
  assert.deepEqual([...errors, ...hearth.errors], []);
});

test('a body without an end is cut off', async (t) => {
  const { port } = await open(t, { lingerMs: 200, lingerBytes: 1_000_000 });
  const wire = new Wire(port);
  wire.socket.write(post('Transfer-Encoding: chunked'));
  await wire.dribble(`4000\r\n${'x'.repeat(0x4000)}\r\n`, 1);
  await answers(port);
});

test('a packed body, and a form, are refused', async (t) => {
  const { port } = await open(t);
  const url = `http://127.0.0.1:${port}${LOGIN}`;
  const packed = await fetch(url, { method: 'POST', headers: { 'content-encoding': 'gzip' }, body: 'xx' });
  assert.equal(packed.status, 415);
  const form = new FormData();
  form.set('type', 'm.login.password');
  const answer = await fetch(url, { method: 'POST', body: form });
  assert.deepEqual([answer.status, ((await answer.json()) as { errcode: string }).errcode], [400, 'M_NOT_JSON']);
});

test('a body of single bytes arrives whole', async (t) => {
  const { port } = await open(t);
  const wire = new Wire(port);
  const body = `{"type":"${'y'.repeat(2000)}"}`;
  wire.socket.write(post('Transfer-Encoding: chunked', 'Connection: close'));
  wire.socket.write([...body].map((byte) => `1\r\n${byte}\r\n`).join(''));
  wire.socket.write('0\r\n\r\n');
  await wire.closed;
  assert.match(wire.answer, /^HTTP\/1\.1 400 [\s\S]*m\.login\.password is offered/);
});

test('a body that dribbles is given up', async (t) => {
  const { port } = await open(t, { graceMs: 200, lingerMs: 100 });
  const wire = new Wire(port);
  wire.socket.write(post('Content-Length: 60000'));
  await wire.dribble('x', 20);
  assert.match(wire.answer, /^HTTP\/1\.1 408 /);
  await answers(port);
});

test('headers that dribble, and a connection that says nothing, are given up', async (t) => {
  const { port } = await open(t, { headersTimeout: 200, requestTimeout: 300, connectionsCheckingInterval: 50 });
  const silent = new Wire(port);
  const dribbling = new Wire(port);
  dribbling.socket.write(`POST ${LOGIN} HTTP/1.1\r\n`);
  await dribbling.dribble('X-A: b\r\n', 20);
  assert.match(dribbling.answer, /^HTTP\/1\.1 408 /);
  await silent.closed;
  await answers(port);
});

test('while hundreds dribble, others are answered', async (t) => {
  const { port } = await open(t);
  const wires = Array.from({ length: 500 }, () => new Wire(port));
  await Promise.all(wires.map((wire) => once(wire.socket, 'connect')));
  for (const [n, wire] of wires.entries())
    wire.socket.write(n % 2 === 0 ? `POST ${LOGIN} HTTP/1.1\r\nX` : post('Content-Length: 60000'));
  for (let n = 0; n < 20; n++) await answers(port);
  for (const wire of wires) wire.socket.destroy();
  await answers(port);
});

test('a body that ends early is nothing to log', async (t) => {
  const { port, errors, hearth } = await open(t);
  for (let n = 0; n < 20; n++) {
    const wire = new Wire(port);
    wire.socket.write(`${post('Content-Length: 1000')}{"type"`);
    await once(wire.socket, 'connect');
    await delay(5);
    if (n % 2 === 0) wire.socket.resetAndDestroy();
    else wire.socket.end();
    await wire.closed;
  }
  await answers(port);
  assert.deepEqual([...errors, ...hearth.errors], []);
});

test('a body whose sender went away before it was asked for is not waited for', async () => {
  const message = new IncomingMessage(new Socket());
  message.destroy();
  await once(message, 'close');
  await assert.rejects(
    readBody(message, 1000, { ...BODY_TIMES, graceMs: 500 }, () => undefined),
    (error) => error instanceof MatrixError && error.status === 400,
  );
});

test('what is no HTTP is refused so that a page may read it', async (t) => {
  const { port } = await open(t);
  for (const [text, status] of [
    ['nonsense\r\n\r\n', 400],
    [`GET ${LOGIN} HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`, 431],
    [`${post('Content-Length: 2', 'Transfer-Encoding: chunked')}{}`, 400],
    [`${post('Content-Length: 2', 'Content-Length: 3')}{}`, 400],
    [`${post('Content-Length: -1')}{}`, 400],
  ] as const) {
    const wire = new Wire(port);
    wire.socket.write(text);
    await wire.closed;
    assert.match(
      wire.answer,
      new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*Access-Control-Allow-Origin`),
      text.slice(0, 80),
    );
  }
});
