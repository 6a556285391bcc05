// The HTTP door inwards: node:http (and node:https) to the front's one handler. An answer leaves when what it shows is
// durable.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HttpAnswer, HttpHandler } from '../../ports/http.ts';
import type { Log } from '../../ports/log.ts';
import { clientAddress } from './client-address.ts';
import { BODY_TIMES, type BodyTimes, discardBody, readBody } from './incoming-body.ts';
import { toHttpRequest } from './http-request.ts';
import type { OutputGate } from './output-gate.ts';
import { createServer, https } from './builtin.ts';
import type { Shown } from './shown.ts';

export interface HttpServerOptions {
  readonly handler: HttpHandler;
  readonly gate: Pick<OutputGate, 'failures' | 'settledSince'>;
  readonly shown: Shown;
  /** While this is a promise, requests that may write wait before they begin. */
  readonly held: () => Promise<void> | undefined;
  readonly log: Log;
  readonly failpoint: (name: string) => void;
  readonly trustedProxies: readonly string[];
  /** Other times than the usual ones, for tests. */
  readonly times?: Partial<typeof LIMITS & BodyTimes>;
}

export interface Tls {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

const LIMITS = {
  maxHeaderSize: 32 * 1024,
  headersTimeout: 20_000,
  // The longest time that a whole request may take to arrive. A body that dribbles is given up long before.
  requestTimeout: 3_600_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5000,
  joinDuplicateHeaders: true,
};
/** How long a client may let its answer wait. */
const SLOW_READER_MS = 60_000;

const BROKEN: HttpAnswer = {
  status: 500,
  headers: [
    ['Content-Type', 'application/json'],
    ['Access-Control-Allow-Origin', '*'],
  ],
  body: '{"errcode":"M_UNKNOWN","error":"Internal server error"}',
};

export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #address: (message: IncomingMessage) => string;
  readonly #times: typeof LIMITS & BodyTimes;
  readonly #servers: Server[] = [];
  /** Requests being answered, each with what tells it that it should end. */
  readonly #active = new Set<AbortController>();
  #stopping = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#address = clientAddress(options.trustedProxies);
    this.#times = { ...LIMITS, ...BODY_TIMES, ...options.times };
  }

  /** Listens, with TLS if given; answers the port (useful for port 0). */
  async listen(host: string, port: number, tls?: Tls): Promise<number> {
    const listener = (message: IncomingMessage, response: ServerResponse): void => {
      void this.#serve(message, response);
    };
    const server = tls
      ? https().createServer({ ...this.#times, cert: tls.certificate, key: tls.key }, listener)
      : createServer(this.#times, listener);
    // The client is told to go on when its body is read, and not at all if it is refused before that.
    server.on('checkContinue', listener);
    server.on('clientError', refuseGarbage);
    server.listen(port, host);
    await once(server, 'listening');
    this.#servers.push(server);
    const address = server.address() as AddressInfo;
    return address.port;
  }

  /** Accepts nothing more, ends long polls, and resolves when all answers are out or `drainMs` have passed. */
  async stop(drainMs: number): Promise<void> {
    this.#stopping = true;
    const closed = Promise.all(
      this.#servers.map(
        (server) =>
          new Promise((resolve) => {
            server.close(resolve);
            server.closeIdleConnections();
          }),
      ),
    );
    for (const controller of this.#active) controller.abort();
    const timer = setTimeout(() => {
      for (const server of this.#servers) server.closeAllConnections();
    }, drainMs);
    await closed;
    clearTimeout(timer);
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    this.#active.add(gone);
    response.once('close', () => {
      this.#active.delete(gone);
      // Whoever has got the answer is waited for by nobody, and each abort makes an error with a stack.
      if (!response.writableFinished) gone.abort();
    });
    if (this.#stopping) gone.abort();
    try {
      const answer = await this.#answer(message, response, gone.signal);
      this.#options.failpoint('before-answer');
      await this.#send(message, response, answer);
      this.#options.failpoint('after-answer');
    } catch (error) {
      if (!response.closed) this.#options.log.error('an answer could not be sent', { error: String(error) });
      response.destroy();
    }
  }

  /** The handler's answer once what it shows is durable, or a failure that the client may try again. */
  async #answer(message: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<HttpAnswer> {
    const { handler, gate, shown, held, log } = this.#options;
    try {
      const reads = message.method === 'GET' || message.method === 'HEAD';
      if (!reads) await held();
      const failures = gate.failures;
      const body = (maxBytes: number): Promise<Uint8Array> =>
        readBody(message, maxBytes, this.#times, () => {
          if (message.headers.expect !== undefined) response.writeContinue();
        });
      const request = toHttpRequest(message, this.#address(message), gone, body);
      const { made, turn } = await shown.by(() => handler(request));
      await gate.settledSince(failures, reads ? turn : undefined);
      return made;
    } catch (error) {
      // The target's query may hold a token, so only the path is named.
      const path = (message.url ?? '').split('?', 1)[0];
      if (!gone.aborted)
        log.error('a request failed', {
          method: message.method,
          path,
          error: error instanceof Error ? error.stack : String(error),
        });
      return BROKEN;
    }
  }

  async #send(message: IncomingMessage, response: ServerResponse, answer: HttpAnswer): Promise<void> {
    if (response.closed) return;
    const { body } = answer;
    for (const [name, value] of answer.headers) response.appendHeader(name, value);
    // A body that nobody has read would have to be read to its end before the connection can be used again.
    if (this.#stopping || !message.complete) response.setHeader('Connection', 'close');
    response.socket?.setTimeout(SLOW_READER_MS);
    if (body instanceof ReadableStream) {
      response.writeHead(answer.status);
      if (message.method === 'HEAD') {
        response.end();
        await body.cancel();
      } else {
        await pour(body, response);
      }
      return;
    }
    const bodiless = answer.status === 204 || answer.status === 304;
    if (!bodiless && !response.hasHeader('Content-Length'))
      response.setHeader('Content-Length', body === undefined ? 0 : Buffer.byteLength(body));
    response.writeHead(answer.status);
    if (!message.complete && body !== undefined && !bodiless && message.method !== 'HEAD') {
      response.write(body);
      await discardBody(message, this.#times);
      response.end();
    } else response.end(body === undefined || bodiless ? undefined : body);
  }
}

/** What is no HTTP gets a short answer that a page from anywhere may read, and is cut off. */
function refuseGarbage(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  const body = '{"errcode":"M_UNKNOWN","error":"This is no request."}';
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json',
    'Access-Control-Allow-Origin: *',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/** Sends a stream's chunks as fast as the client takes them; a client that goes away ends the stream. */
async function pour(body: ReadableStream<Uint8Array>, response: ServerResponse): Promise<void> {
  const reader = body.getReader();
  const closed = once(response, 'close');
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (response.closed) return reader.cancel();
    if (!response.write(value)) await Promise.race([once(response, 'drain'), closed]);
  }
  response.end();
}
