// node:http's request as the front sees it.
import type { IncomingMessage } from 'node:http';
import type { HttpRequest } from '../../ports/http.ts';

/** `address` has been found out already, because it depends on which proxies are trusted. */
export function toHttpRequest(
  message: IncomingMessage,
  address: string,
  gone: AbortSignal,
  body: (maxBytes: number) => Promise<Uint8Array>,
): HttpRequest {
  return {
    method: message.method ?? 'GET',
    target: originForm(message.url ?? '/'),
    header(name) {
      // Of this one node:http keeps only the first field, and a server may sign with several keys.
      if (name === 'authorization') return message.headersDistinct[name]?.join(', ');
      const value = message.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    body,
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
