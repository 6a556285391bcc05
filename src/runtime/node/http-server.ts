// The HTTP door inwards: node:http (and node:https) to the front's one handler. An answer leaves when what it shows is
// durable.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { HttpAnswer, HttpHandler } from '../../ports/http.ts';
import type { Log } from '../../ports/log.ts';
import { clientAddress } from './client-address.ts';
import { toHttpRequest } from './http-request.ts';
import type { OutputGate } from './output-gate.ts';
import { createServer } from './plain-http.ts';

export interface HttpServerOptions {
  readonly handler: HttpHandler;
  readonly gate: Pick<OutputGate, 'failures' | 'settledSince'>;
  /** While this is a promise, requests that may write wait before they begin. */
  readonly held: () => Promise<void> | undefined;
  readonly log: Log;
  readonly failpoint: (name: string) => void;
  readonly trustedProxies: readonly string[];
}

export interface Tls {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

const LIMITS = {
  maxHeaderSize: 32 * 1024,
  headersTimeout: 20_000,
  // The longest time that a whole request may take to arrive; an upload over a slow line is the longest.
  requestTimeout: 300_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5000,
  joinDuplicateHeaders: true,
};

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
  readonly #servers: Server[] = [];
  /** Requests being answered, each with what tells it that it should end. */
  readonly #active = new Set<AbortController>();
  #stopping = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#address = clientAddress(options.trustedProxies);
  }

  /** Listens, with TLS if given; answers the port (useful for port 0). */
  async listen(host: string, port: number, tls?: Tls): Promise<number> {
    const listener = (message: IncomingMessage, response: ServerResponse): void => {
      void this.#serve(message, response);
    };
    const server = tls
      ? createTlsServer({ ...LIMITS, cert: tls.certificate, key: tls.key }, listener)
      : createServer(LIMITS, listener);
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
      gone.abort();
    });
    if (this.#stopping) gone.abort();
    try {
      const answer = await this.#answer(message, gone.signal);
      this.#options.failpoint('before-answer');
      await this.#send(message, response, answer);
      this.#options.failpoint('after-answer');
    } catch (error) {
      if (!response.closed) this.#options.log.error('an answer could not be sent', { error: String(error) });
      response.destroy();
    }
  }

  /** The handler's answer once what it shows is durable, or a failure that the client may try again. */
  async #answer(message: IncomingMessage, gone: AbortSignal): Promise<HttpAnswer> {
    const { handler, gate, held, log } = this.#options;
    try {
      if (message.method !== 'GET' && message.method !== 'HEAD') await held();
      const failures = gate.failures;
      const answer = await handler(toHttpRequest(message, this.#address(message), gone));
      await gate.settledSince(failures);
      return answer;
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
    response.end(body === undefined || bodiless ? undefined : body);
  }
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
