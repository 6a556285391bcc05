// Large bytes where there is no bucket (workerd by itself): one Durable Object for each blob, its bytes in rows.
import type { Response as PlatformResponse, RequestInit as PlatformRequestInit } from '@cloudflare/workers-types';
import type { Blob, BlobRange, Blobs } from '../../ports/blobs.ts';
import { checkBlobKey, checkBlobRange } from '../shared/blob-key.ts';
import { objectName } from './object-name.ts';
import { piecesOf } from './pieces.ts';

/** Rows of a table take 2 MB. */
export const PIECE_BYTES = 1_000_000;

/** The objects of the class `BlobObject`. */
export interface BlobNamespace {
  getByName(name: string): { fetch(url: string, init?: PlatformRequestInit): Promise<PlatformResponse> };
}

export class ObjectBlobs implements Blobs {
  readonly #objects: BlobNamespace;
  readonly #serverName: string;

  constructor(objects: BlobNamespace, serverName: string) {
    this.#objects = objects;
    this.#serverName = serverName;
  }

  /**
   * In pieces, and a last word that makes them count: a stream that fails on its way to an object looks there as if it had
   * come to its end.
   */
  async put(key: string, bytes: ReadableStream<Uint8Array> | Uint8Array): Promise<{ readonly size: number }> {
    const object = this.#object(key);
    const upload = crypto.getRandomValues(new Uint32Array(1))[0]!;
    const ask = async (method: string, query: string, body?: Uint8Array): Promise<void> => {
      const url = `https://blob/?upload=${upload}${query}`;
      const answer = await object.fetch(url, {
        method,
        ...(body ? { body: body as object as BodyOf<PlatformRequestInit> } : {}),
      });
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`the blob was not stored: ${answer.status}`);
    };
    let size = 0;
    try {
      for await (const piece of piecesOf(bytes, PIECE_BYTES)) {
        await ask('PUT', `&at=${size}`, piece);
        size += piece.length;
      }
      await ask('POST', `&size=${size}`);
    } catch (error) {
      await ask('DELETE', '').catch(() => undefined);
      throw error;
    }
    return { size };
  }

  async get(key: string, range?: BlobRange): Promise<Blob | undefined> {
    checkBlobRange(range);
    const query = range ? `?offset=${range.offset}&length=${range.length}` : '';
    const answer = await this.#object(key).fetch(`https://blob/${query}`);
    if (answer.status === 404) {
      await answer.arrayBuffer();
      return undefined;
    }
    if (!answer.ok || !answer.body) throw new Error(`the blob was not read: ${answer.status}`);
    return {
      size: Number(answer.headers.get('Blob-Size')),
      bytes: answer.body as object as ReadableStream<Uint8Array>,
    };
  }

  async delete(key: string): Promise<void> {
    await (await this.#object(key).fetch('https://blob/', { method: 'DELETE' })).arrayBuffer();
  }

  #object(key: string): ReturnType<BlobNamespace['getByName']> {
    checkBlobKey(key);
    return this.#objects.getByName(objectName(this.#serverName, key));
  }
}

type BodyOf<Init extends { body?: unknown }> = NonNullable<Init['body']>;
