// The HTTP door outwards: the platform's fetch, with bounds. It dials, checks certificates and keeps off private networks
// by itself; SNI and Host are those of the URL and cannot be chosen.
import type { HttpClient, OutboundAnswer, OutboundRequest } from '../../ports/http.ts';

export class FetchHttp implements HttpClient {
  async send(request: OutboundRequest): Promise<OutboundAnswer> {
    const { protocol } = new URL(request.url);
    if (protocol !== 'https:' && protocol !== 'http:') throw new Error(`${protocol} is not called`);
    const headers = new Headers();
    for (const [name, value] of request.headers) headers.append(name, value);
    const answer = await fetch(request.url, {
      method: request.method,
      headers,
      body: request.body === undefined ? null : new Uint8Array(request.body),
      redirect: 'manual',
      signal: AbortSignal.timeout(request.timeoutMs),
    });
    const body = await readAtMost(answer.body, request.maxAnswerBytes);
    return { status: answer.status, header: (name) => answer.headers.get(name) ?? undefined, body };
  }
}

async function readAtMost(stream: ReadableStream<Uint8Array> | null, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = stream?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || !value) break;
    size += value.length;
    if (size > most) {
      void reader?.cancel().catch(() => undefined);
      throw new Error(`the answer is longer than ${most} bytes`);
    }
    chunks.push(new Uint8Array(value));
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
