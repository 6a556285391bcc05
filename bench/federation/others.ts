// Other servers, played by the load: they have real keys, sign what they say, and are called over HTTPS on loopback.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../src/ports/clock.ts';
import type { HttpClient } from '../../src/ports/http.ts';
import { ScriptedServer } from '../../tests/federation/scripted-server.ts';
import type { Measured } from '../servers/measured.ts';
import { DOMAIN } from './identity.ts';

/** The name of every server that is measured. */
export const HERE = 'localhost';

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  timer(ms, then) {
    const timer = setTimeout(then, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

export class Others {
  readonly servers: readonly ScriptedServer[];
  readonly #listener: Server;

  private constructor(listener: Server, servers: readonly ScriptedServer[]) {
    this.#listener = listener;
    this.servers = servers;
  }

  static async start(server: Measured, count: number): Promise<Others> {
    const { identity } = server;
    if (identity === undefined) throw new Error('this server was not started to federate');
    const byHost = new Map<string, ScriptedServer>();
    const listener = createServer({ cert: identity.certificate, key: identity.key }, (request, response) => {
      void answer(byHost.get(request.headers.host ?? ''), request, response);
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    listener.unref();
    const { port } = listener.address() as AddressInfo;
    const http = httpTo(server.port);
    const servers = Array.from({ length: count }, (_, index) => {
      // One needs no name, which not every system finds: names below `localhost` are Hearth's own to know.
      const name = count === 1 ? `127.0.0.1:${port}` : `s${index}.${DOMAIN}:${port}`;
      const other = new ScriptedServer(name, clock, http, index);
      byHost.set(name, other);
      return other;
    });
    return new Others(listener, servers);
  }

  /** Nobody answers there any more. */
  close(): void {
    this.#listener.close();
    this.#listener.closeAllConnections();
  }
}

async function answer(
  server: ScriptedServer | undefined,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  const made = await server?.answer({
    method: message.method ?? 'GET',
    target: message.url ?? '/',
    header: (name) => message.headersDistinct[name]?.join(', '),
    body: async () => Buffer.concat(chunks),
    address: '127.0.0.1',
    gone: undefined,
  });
  response.writeHead(made?.status ?? 404, { 'content-type': 'application/json' });
  response.end(made?.body);
}

/** What the played servers ask goes to the one server that is measured, without TLS. */
function httpTo(port: number): HttpClient {
  return {
    async send({ method, url, headers, body, timeoutMs }) {
      const { pathname, search } = new URL(url);
      const answer = await fetch(`http://127.0.0.1:${port}${pathname}${search}`, {
        method,
        headers: headers.map(([name, value]): [string, string] => [name, value]),
        ...(body === undefined ? {} : { body: Buffer.from(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      return {
        status: answer.status,
        header: (name) => answer.headers.get(name) ?? undefined,
        body: new Uint8Array(await answer.arrayBuffer()),
      };
    },
  };
}
