// The platform's request and response as the front sees them.
import type { HttpAnswer, HttpRequest } from '../../ports/http.ts';
import { MatrixError } from '../../spec/errors.ts';
import { IncomingBytes } from '../shared/incoming-bytes.ts';

/** The platform names the client in this header, whatever the client says. */
const ADDRESS_HEADER = 'CF-Connecting-IP';
/** Where nobody names it: a local server, whose clients are all here. */
const LOCAL_ADDRESS = '127.0.0.1';
const BODILESS = new Set([101, 204, 205, 304]);

export function toHttpRequest(request: Request): HttpRequest {
  return {
    method: request.method,
    target: targetOf(request.url),
    header: (name) => request.headers.get(name) ?? undefined,
    body: (maxBytes) => readBody(request, maxBytes),
    address: request.headers.get(ADDRESS_HEADER) ?? LOCAL_ADDRESS,
    gone: request.signal,
  };
}

export function toResponse(answer: HttpAnswer): Response {
  const headers = new Headers();
  for (const [name, value] of answer.headers) headers.append(name, value);
  const body = BODILESS.has(answer.status) ? undefined : answer.body;
  return new Response((body as BodyInit | undefined) ?? null, { status: answer.status, headers });
}

/** Path and query as the platform gives them. See docs/runtimes.md for what it has changed by then. */
export function targetOf(url: string): string {
  const path = url.indexOf('/', url.indexOf('://') + 3);
  return path === -1 ? '/' : url.slice(path);
}

async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const bytes = new IncomingBytes(maxBytes, request.headers.get('Content-Length') ?? undefined);
  if (!request.body) return bytes.all();
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new MatrixError(400, 'M_UNKNOWN', 'The body ended early.');
    });
    if (done) return bytes.all();
    try {
      bytes.add(value);
    } catch (error) {
      void reader.cancel().catch(() => undefined);
      throw error;
    }
  }
}
