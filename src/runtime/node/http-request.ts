// node:http's request as the front sees it.
import type { IncomingMessage } from 'node:http';
import type { HttpRequest } from '../../ports/http.ts';
import { MatrixError } from '../../spec/errors.ts';

/** `address` has been found out already, because it depends on which proxies are trusted. */
export function toHttpRequest(message: IncomingMessage, address: string, gone: AbortSignal): HttpRequest {
  return {
    method: message.method ?? 'GET',
    target: originForm(message.url ?? '/'),
    header(name) {
      const value = message.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    body: (maxBytes) => readBody(message, maxBytes),
    address,
    gone,
  };
}

/** A proxy may send the absolute form; only the path and query are the target. */
function originForm(url: string): string {
  if (url.startsWith('/')) return url;
  const path = /^https?:\/\/[^/?#]*(\/.*)?$/i.exec(url);
  return path?.[1] ?? '/';
}

async function readBody(message: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = (): MatrixError => new MatrixError(413, 'M_TOO_LARGE', `The body is longer than ${maxBytes} bytes.`);
  if (Number(message.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  message.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBytes) {
      chunks.push(chunk);
    } else {
      message.pause();
      reject(tooLarge());
    }
  });
  message.once('end', resolve);
  message.once('error', reject);
  message.once('close', () => reject(new Error('the client went away')));
  await promise;
  const [only] = chunks;
  return chunks.length === 1 && only ? only : Buffer.concat(chunks, size);
}
