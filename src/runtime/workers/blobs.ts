// The door for large bytes, as the bindings have it.
import type { Blobs } from '../../ports/blobs.ts';
import type { Bindings } from './bindings.ts';
import { ObjectBlobs } from './object-blobs.ts';
import { R2Blobs } from './r2-blobs.ts';

/** Throws if neither a bucket nor a class for blobs is bound. */
export function blobsOf(bindings: Bindings, serverName: string): Blobs {
  if (bindings.BLOBS) return new R2Blobs(bindings.BLOBS, `${serverName}/`);
  if (bindings.BLOB) return new ObjectBlobs(bindings.BLOB, serverName);
  throw new Error('neither BLOBS nor BLOB is bound: there is no place for media');
}
