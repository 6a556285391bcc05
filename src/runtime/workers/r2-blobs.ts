// Large bytes in an R2 bucket. https://developers.cloudflare.com/r2/api/workers/workers-api-reference/
import type { R2Bucket } from '@cloudflare/workers-types';
import type { Blob, BlobRange, Blobs } from '../../ports/blobs.ts';
import { checkBlobKey, checkBlobRange } from '../shared/blob-key.ts';
import { piecesOf } from './pieces.ts';

/** The bucket wants to know a stream's length beforehand, or else parts of one size, of at least 5 MiB. */
const PART_BYTES = 5 * 1024 * 1024;
const EMPTY = (): ReadableStream<Uint8Array> => new ReadableStream({ start: (controller) => controller.close() });

export class R2Blobs implements Blobs {
  readonly #bucket: R2Bucket;
  readonly #prefix: string;

  /** `prefix` keeps homeservers apart that share a bucket. */
  constructor(bucket: R2Bucket, prefix: string) {
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  async put(key: string, bytes: ReadableStream<Uint8Array> | Uint8Array): Promise<{ readonly size: number }> {
    const name = this.#named(key);
    const pieces = piecesOf(bytes, PART_BYTES);
    const first = (await pieces.next()).value ?? new Uint8Array(0);
    if (first.length < PART_BYTES) {
      await this.#bucket.put(name, first);
      return { size: first.length };
    }
    const upload = await this.#bucket.createMultipartUpload(name);
    try {
      const parts = [await upload.uploadPart(1, first)];
      let size = first.length;
      for await (const piece of pieces) {
        parts.push(await upload.uploadPart(parts.length + 1, piece));
        size += piece.length;
      }
      await upload.complete(parts);
      return { size };
    } catch (error) {
      await upload.abort().catch(() => undefined);
      throw error;
    }
  }

  async get(key: string, range?: BlobRange): Promise<Blob | undefined> {
    checkBlobRange(range);
    const name = this.#named(key);
    try {
      const found = range?.length === 0 ? null : await this.#bucket.get(name, range ? { range } : {});
      if (found) return { size: found.size, bytes: found.body as object as ReadableStream<Uint8Array> };
      if (!range) return undefined;
    } catch (error) {
      // The bucket takes a range behind the end for an error.
      const size = (await this.#bucket.head(name))?.size;
      if (!range || size === undefined || range.offset < size) throw error;
    }
    const head = await this.#bucket.head(name);
    return head ? { size: head.size, bytes: EMPTY() } : undefined;
  }

  async delete(key: string): Promise<void> {
    await this.#bucket.delete(this.#named(key));
  }

  #named(key: string): string {
    checkBlobKey(key);
    return this.#prefix + key;
  }
}
