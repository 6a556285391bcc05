// The keys and ranges of blobs, which every runtime's adapter refuses alike if they are none.
import type { BlobRange } from '../../ports/blobs.ts';

/** R2 takes keys of 1,024 bytes, file systems names of 255 with ours appended. */
const KEY = /^[a-z0-9_-]{1,200}(\/[a-z0-9_-]{1,200}){0,3}$/;

/** Throws for what is no key. */
export function checkBlobKey(key: string): void {
  if (!KEY.test(key)) throw new Error(`${key.slice(0, 100)} is not a blob's key`);
}

/** Throws for what is no range. */
export function checkBlobRange(range: BlobRange | undefined): void {
  for (const bytes of range ? [range.offset, range.length] : [])
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw new RangeError(`${bytes} is no part of a blob's range`);
}
