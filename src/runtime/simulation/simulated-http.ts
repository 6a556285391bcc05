// The network between servers in the simulator: each name leads to a handler, or to nobody. Requests and answers take their
// time, get lost, or arrive although the caller never learns of it, as the seed decides.
import type { HttpAnswer, HttpClient, HttpHandler, OutboundAnswer, OutboundRequest } from '../../ports/http.ts';
import { tooLarge } from '../../spec/errors.ts';
import type { Weather } from './network.ts';
import type { Passage } from './perilous-ports.ts';
import type { Scheduler } from './scheduler.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Who answers under which name (`host` or `host:port`), and the weather between them: one for all servers of a world. */
export class Internet {
  readonly #hosts = new Map<string, HttpHandler>();
  weather: Weather = { requestsLost: 0, answersLost: 0, delayMs: 20 };

  /** Lets `handler` answer for a host; in the place of whoever did before. */
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

/** The door outwards of one life of one machine. */
export class SimulatedHttp implements HttpClient {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #internet: Internet;
  readonly #passage: Passage;

  constructor(scheduler: Scheduler, random: SeededRandom, internet: Internet, passage: Passage) {
    this.#passage = passage;
    this.#scheduler = scheduler;
    this.#random = random;
    this.#internet = internet;
  }

  send(request: OutboundRequest): Promise<OutboundAnswer> {
    return this.#passage.across('call outwards', () => this.#bounded(request));
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
    const { weather } = this.#internet;
    await this.#delay(`call ${request.method} ${url.host}${url.pathname.slice(0, 60)}`);
    if (gone.aborted) throw new Error('the call has ended');
    const handler = this.#internet.find(url.host);
    if (!handler) throw new Error(`nobody answers at ${url.host}`);
    if (this.#random.chance(weather.requestsLost)) await silence();
    const answer = await handler({
      method: request.method,
      target: url.pathname + url.search,
      address: '203.0.113.1',
      gone,
      header: joined([...request.headers, ['host', url.host]]),
      body: async (maxBytes) => {
        const body = request.body ?? new Uint8Array();
        if (body.length > maxBytes) throw tooLarge('The body is too large');
        return body.slice();
      },
    });
    const body = request.method === 'HEAD' ? new Uint8Array() : await readAtMost(answer.body, request.maxAnswerBytes);
    await this.#delay(`answered ${answer.status}`);
    if (this.#random.chance(weather.answersLost)) throw new Error('the connection broke');
    return { status: answer.status, header: joined(answer.headers), body };
  }

  #delay(what: string): Promise<void> {
    return this.#scheduler.sleep(this.#random.below(this.#internet.weather.delayMs), what);
  }
}

/** What is lost on the way is found missing by the clock alone. */
function silence(): Promise<never> {
  return new Promise(() => undefined);
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
