// The doors of the front with failpoints before and after what leaves by them.
import type { Blobs } from '../../ports/blobs.ts';
import type { HttpClient } from '../../ports/http.ts';

type Failpoint = (name: string) => void;

async function between<T>(failpoint: Failpoint, what: string, operation: () => Promise<T>): Promise<T> {
  failpoint(`before-${what}`);
  const result = await operation();
  failpoint(`after-${what}`);
  return result;
}

export function failingHttp(http: HttpClient, failpoint: Failpoint): HttpClient {
  return { send: (request) => between(failpoint, 'outgoing-request', () => http.send(request)) };
}

export function failingBlobs(blobs: Blobs, failpoint: Failpoint): Blobs {
  return {
    put: (key, bytes) => between(failpoint, 'blob-put', () => blobs.put(key, bytes)),
    get: (key, range) => blobs.get(key, range),
    delete: (key) => between(failpoint, 'blob-delete', () => blobs.delete(key)),
  };
}
