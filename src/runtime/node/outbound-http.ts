// The HTTP door outwards: the address that is dialled is the one that was checked, redirects are not followed, and bytes and
// time are bounded.
import type { IncomingMessage, RequestOptions } from 'node:http';
import { isIP } from 'node:net';
import type { HttpClient, OutboundAnswer, OutboundRequest } from '../../ports/http.ts';
import { NameLookup } from './name-lookup.ts';
import { request as plainRequest } from './builtin.ts';
import { KeptConnections } from './kept-connections.ts';
import { isPrivate } from './private-addresses.ts';

export interface OutboundOptions {
  readonly allowPrivateAddresses: boolean;
  /** Certificates of all authorities to trust, in PEM; undefined for the platform's own. */
  readonly authorities?: readonly string[] | undefined;
  readonly lookup?: Pick<NameLookup, 'addresses'>;
}

export class OutboundHttp implements HttpClient {
  readonly #options: OutboundOptions;
  readonly #lookup: Pick<NameLookup, 'addresses'>;
  readonly #kept: KeptConnections;

  constructor(options: OutboundOptions) {
    this.#options = options;
    this.#lookup = options.lookup ?? new NameLookup();
    this.#kept = new KeptConnections(options.authorities);
  }

  async send(request: OutboundRequest): Promise<OutboundAnswer> {
    const deadline = AbortSignal.timeout(request.timeoutMs);
    const url = new URL(request.url);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error(`${url.protocol} is not called`);
    const message = await this.#dial(url, request, deadline);
    const body = await readAtMost(message, request.maxAnswerBytes);
    const headers = headersOf(message);
    return { status: message.statusCode ?? 0, header: (name) => headers.get(name.toLowerCase()), body };
  }

  async #dial(url: URL, request: OutboundRequest, deadline: AbortSignal): Promise<IncomingMessage> {
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const addresses = await withDeadline(this.#lookup.addresses(host), deadline);
    const address = addresses.find((candidate) => this.#options.allowPrivateAddresses || !isPrivate(candidate));
    if (address === undefined) throw new Error(`${host} has only private addresses`);
    const headers: string[] = request.headers.flatMap(([name, value]) => [name, value]);
    const hasBody = request.body !== undefined || !/^(GET|HEAD)$/.test(request.method);
    const options: RequestOptions & { readonly servername: string } = {
      host: address,
      port: url.port === '' ? undefined : Number(url.port),
      path: url.pathname + url.search,
      method: request.method,
      signal: deadline,
      // The certificate is checked for the name, though the address is dialled.
      servername: isIP(host) === 0 ? host : '',
      agent: false,
      headers: [
        ...headers,
        ...['Host', url.host],
        ...(hasBody ? ['Content-Length', String(request.body?.length ?? 0)] : []),
      ],
    };
    if (url.protocol === 'https:') return this.#kept.ask(options, request.body);
    return new Promise((resolve, reject) => {
      const asking = plainRequest(options, resolve);
      // It may fail again while the answer's body is read, which then ends with an error of its own.
      asking.on('error', reject);
      asking.end(request.body);
    });
  }
}

/** By lower-case name: names are strangers' strings. */
function headersOf(message: IncomingMessage): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    const name = message.rawHeaders[at]!.toLowerCase();
    const before = headers.get(name);
    headers.set(name, `${before === undefined ? '' : `${before}, `}${message.rawHeaders[at + 1]!}`);
  }
  return headers;
}

async function readAtMost(message: IncomingMessage, most: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) {
      message.destroy();
      throw new Error(`the answer is longer than ${most} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function withDeadline<T>(work: Promise<T>, deadline: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    deadline.addEventListener('abort', () => reject(deadline.reason));
    work.then(resolve, reject);
  });
}
