// The network between servers in the simulator: each name leads to a handler, or to nobody. Requests and answers take their
// time, get lost, come twice or spoilt, or arrive although the caller never learns of it, as the seed decides.
import type { HttpAnswer, HttpClient, HttpHandler, OutboundAnswer, OutboundRequest } from '../../ports/http.ts';
import { tooLarge } from '../../spec/errors.ts';
import { type Link, Links } from './link.ts';
import type { Passage } from './perilous-ports.ts';
import type { Scheduler } from './scheduler.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Who answers under which name (`host` or `host:port`), and the links between them: one for all servers of a world. */
export class Internet {
  readonly #hosts = new Map<string, HttpHandler>();
  readonly links = new Links();
  /** Told of every request that is made, before anything happens to it. */
  watch: (from: string, to: string, request: OutboundRequest) => void = () => undefined;

  /** Lets `handler` answer for a host; in the place of whoever did before. A handler that throws breaks the connection. */
  register(host: string, handler: HttpHandler): void {
    this.#hosts.set(host, handler);
  }

  /** Nobody answers for the host any more. */
  remove(host: string): void {
    this.#hosts.delete(host);
  }

  find(host: string): HttpHandler | undefined {
    return this.#hosts.get(host);
  }
}

/** An answer that takes so long is longer than anybody waits. */
const DRIP_MS = 200_000;
const LATER_MS = 60_000;
const GARBAGE = ['<html><body>It works!</body></html>', '{"pdus":', '', '[]', '\u0000\u0001'] as const;
const PROXY_STATUS = [502, 503, 504] as const;

/** The door outwards of one life of one machine. */
export class SimulatedHttp implements HttpClient {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #internet: Internet;
  readonly #passage: Passage | undefined;
  readonly #from: string;

  /** `from`: the name of the server that asks. Without a passage it belongs to somebody who never dies. */
  constructor(
    scheduler: Scheduler,
    random: SeededRandom,
    internet: Internet,
    passage: Passage | undefined,
    from: string,
  ) {
    this.#passage = passage;
    this.#scheduler = scheduler;
    this.#random = random;
    this.#internet = internet;
    this.#from = from;
  }

  send(request: OutboundRequest): Promise<OutboundAnswer> {
    const passage = this.#passage;
    return passage ? passage.across('call outwards', () => this.#bounded(request)) : this.#bounded(request);
  }

  #bounded(request: OutboundRequest): Promise<OutboundAnswer> {
    const gone = new AbortController();
    return new Promise((resolve, reject) => {
      this.#scheduler.after(request.timeoutMs, 'call ends', () => {
        gone.abort();
        reject(new Error('the operation was aborted due to timeout'));
      });
      this.#exchange(request, gone.signal).then(resolve, reject);
    });
  }

  async #exchange(request: OutboundRequest, gone: AbortSignal): Promise<OutboundAnswer> {
    const url = new URL(request.url);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error(`${url.protocol} is not called`);
    const random = this.#random;
    const to = url.hostname;
    this.#internet.watch(this.#from, to, request);
    const there = this.#internet.links.of(this.#from, to, url.pathname);
    await this.#travel(there, `call ${this.#from} ${request.method} ${url.host}${url.pathname.slice(0, 80)}`);
    const handler = this.#internet.find(url.host);
    if (!handler || random.chance(there.refused)) throw new Error(`nobody answers at ${url.host}`);
    if (random.chance(there.requestsLost)) await silence();
    const deliver = (): Promise<HttpAnswer> => handler(requestOf(request, url, this.#from, gone));
    if (random.chance(there.failed)) {
      if (random.chance(50)) void deliver().catch(() => undefined);
      return plain(random.pick(PROXY_STATUS), 'Bad gateway');
    }
    if (random.chance(there.doubled))
      this.#scheduler.after(random.below(LATER_MS), 'again', () => void deliver().catch(() => undefined));
    const answer = await deliver();
    const body = request.method === 'HEAD' ? new Uint8Array() : await readAtMost(answer.body, request.maxAnswerBytes);
    return await this.#returned(
      { status: answer.status, header: joined(answer.headers), body },
      this.#internet.links.of(to, this.#from, url.pathname),
    );
  }

  async #returned(answer: OutboundAnswer, back: Link): Promise<OutboundAnswer> {
    await this.#travel(back, `answered ${answer.status}`);
    const random = this.#random;
    if (random.chance(back.answersLost)) throw new Error('the connection broke');
    if (random.chance(back.dripped)) await this.#scheduler.sleep(DRIP_MS, 'drips');
    if (random.chance(back.garbled)) return plain(200, random.pick(GARBAGE));
    if (!random.chance(back.cutShort)) return answer;
    // A length that is said is missed; without one the answer just ends.
    if (random.chance(50)) throw new Error('the connection broke');
    return { ...answer, body: answer.body.slice(0, random.below(answer.body.length + 1)) };
  }

  async #travel(link: Link, what: string): Promise<void> {
    const clogged = Math.max(0, link.cloggedUntil - this.#scheduler.now);
    await this.#scheduler.sleep(clogged + this.#random.below(link.delayMs), what);
    if (link.cut) await silence();
  }
}

function requestOf(request: OutboundRequest, url: URL, from: string, gone: AbortSignal) {
  return {
    method: request.method,
    target: url.pathname + url.search,
    address: addressOf(from),
    gone,
    header: joined([...request.headers, ['host', url.host]]),
    body: async (maxBytes: number) => {
      const body = request.body ?? new Uint8Array();
      if (body.length > maxBytes) throw tooLarge('The body is too large');
      return body.slice();
    },
  };
}

function plain(status: number, text: string): OutboundAnswer {
  return { status, header: () => undefined, body: new TextEncoder().encode(text) };
}

/** What is lost on the way is found missing by the clock alone. */
function silence(): Promise<never> {
  return new Promise(() => undefined);
}

/** An address for each server. */
function addressOf(serverName: string): string {
  let sum = 0;
  for (let at = 0; at < serverName.length; at++) sum = (sum * 31 + serverName.charCodeAt(at)) % 50_000;
  return `203.${sum % 200}.${Math.floor(sum / 200)}.1`;
}

function joined(fields: readonly (readonly [string, string])[]): (name: string) => string | undefined {
  return (wanted) => {
    const values = fields.filter(([name]) => name.toLowerCase() === wanted.toLowerCase()).map(([, value]) => value);
    return values.length === 0 ? undefined : values.join(', ');
  };
}

async function readAtMost(body: HttpAnswer['body'], most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const take = (chunk: Uint8Array): void => {
    size += chunk.length;
    if (size > most) throw new Error(`the answer is longer than ${most} bytes`);
    chunks.push(chunk);
  };
  if (typeof body === 'string') take(new TextEncoder().encode(body));
  else if (body instanceof Uint8Array) take(body);
  else if (body) for await (const chunk of body) take(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
