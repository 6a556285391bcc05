// Several servers in one process: real Hearths, asked through their fronts, and servers that a test scripts byte by byte. They
// reach each other over a network in memory, by name; time is the test's, and everybody's.
import type { Actors } from '../../src/ports/actors.ts';
import type { HttpAnswer, HttpClient, HttpHandler, OutboundAnswer, OutboundRequest } from '../../src/ports/http.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { Hearth } from '../api/hearth.ts';
import { TestTime } from '../api/test-time.ts';
import { Client } from '../black-box/client.ts';
import { ScriptedServer } from './scripted-server.ts';

export interface Sent {
  readonly from: string;
  readonly to: string;
  readonly method: string;
  readonly target: string;
}

export class FederationWorld {
  readonly time = new TestTime();
  /** Every call that a server has made to another, in order, also those that reached nobody. */
  readonly sent: Sent[] = [];
  readonly #handlers = new Map<string, HttpHandler>();
  readonly #down = new Set<string>();
  readonly #cut = new Set<string>();
  #seed = 0;

  /** A Hearth of that name, such as `hs1.test`. */
  hearth(serverName: string, settings: Partial<Settings> = {}, between?: (actors: Actors) => Actors): Hearth {
    const { time } = this;
    const http = this.#httpOf(serverName);
    const hearth = new Hearth({ ...settings, serverName }, between, { time, http, seed: ++this.#seed });
    this.#handlers.set(placeOf(serverName), hearth.front);
    return hearth;
  }

  /** A server that answers what the test wants, with a signing key of its own. */
  scripted(serverName = 'evil.test'): ScriptedServer {
    const server = new ScriptedServer(serverName, this.time.clock, this.#httpOf(serverName), ++this.#seed);
    this.#handlers.set(placeOf(serverName), (request) => server.answer(request));
    return server;
  }

  /** Nobody reaches the server; what it sends still arrives. */
  goDown(serverName: string): void {
    this.#down.add(placeOf(serverName));
  }

  comeBack(serverName: string): void {
    this.#down.delete(placeOf(serverName));
  }

  /** Nothing goes from one server to another, in this direction. */
  cut(from: string, to: string): void {
    this.#cut.add(`${from} ${placeOf(to)}`);
  }

  mend(from: string, to: string): void {
    this.#cut.delete(`${from} ${placeOf(to)}`);
  }

  /** Lets time pass on all servers. */
  async sleep(ms: number): Promise<void> {
    await this.time.sleep(ms);
  }

  /** Lets everything that waits for nothing but other code go on. */
  async settle(): Promise<void> {
    await this.time.settle();
  }

  #httpOf(from: string): HttpClient {
    return { send: (request) => this.#bounded(from, request) };
  }

  #bounded(from: string, request: OutboundRequest): Promise<OutboundAnswer> {
    const gone = new AbortController();
    const { promise, resolve, reject } = Promise.withResolvers<OutboundAnswer>();
    const timer = this.time.clock.timer(request.timeoutMs, () => {
      gone.abort();
      reject(new Error('the operation was aborted due to timeout'));
    });
    this.#exchange(from, request, gone.signal)
      .then(resolve, reject)
      .finally(() => timer.cancel());
    return promise;
  }

  async #exchange(from: string, request: OutboundRequest, gone: AbortSignal): Promise<OutboundAnswer> {
    const url = new URL(request.url);
    const target = url.pathname + url.search;
    this.sent.push({ from, to: url.host, method: request.method, target });
    const handler = this.#handlers.get(url.host);
    if (url.protocol !== 'https:' || !handler || this.#down.has(url.host) || this.#cut.has(`${from} ${url.host}`))
      throw new Error(`nobody answers at ${url.host}`);
    const headers = new Map(request.headers.map(([name, value]) => [name.toLowerCase(), value]));
    const answer = await handler({
      method: request.method,
      target,
      address: addressOf(from),
      gone,
      header: (name) => headers.get(name),
      body: async (maxBytes) => {
        const body = request.body ?? new Uint8Array();
        if (body.length > maxBytes) throw new Error('the body is too large for who reads it');
        return body;
      },
    });
    const fields = new Map(answer.headers.map(([name, value]) => [name.toLowerCase(), value]));
    const body = await bytesOf(answer.body);
    if (body.length > request.maxAnswerBytes) throw new Error(`the answer is longer than ${request.maxAnswerBytes}`);
    return { status: answer.status, header: (name) => fields.get(name.toLowerCase()), body };
  }
}

/** Somebody with an account. */
export function someone(server: Hearth, localpart: string): Promise<Client> {
  return Client.register(server, localpart);
}

/** Where a server is asked: the host and port of its name. */
function placeOf(serverName: string): string {
  return /:\d+$/.test(serverName) ? serverName : `${serverName}:8448`;
}

/** An address for each server, in networks of their own. */
export function addressOf(serverName: string): string {
  let sum = 0;
  for (let at = 0; at < serverName.length; at++) sum = (sum * 31 + serverName.charCodeAt(at)) % 50_000;
  return `203.${sum % 200}.${Math.floor(sum / 200)}.1`;
}

async function bytesOf(body: HttpAnswer['body']): Promise<Uint8Array> {
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  return body ? new Uint8Array(await new Response(body).arrayBuffer()) : new Uint8Array();
}
