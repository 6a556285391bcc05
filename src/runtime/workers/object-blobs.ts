// Large bytes where there is no bucket (workerd by itself): one Durable Object for each blob, its bytes in rows.
import type { Response as PlatformResponse, RequestInit as PlatformRequestInit } from '@cloudflare/workers-types';
import type { Blob, Blobs } from '../../ports/blobs.ts';
import { objectName } from './object-name.ts';

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

  async put(key: string, bytes: ReadableStream<Uint8Array> | Uint8Array): Promise<{ readonly size: number }> {
    const answer = await this.#object(key).fetch('https://blob/', {
      method: 'PUT',
      body: bytes as object as BodyOf<PlatformRequestInit>,
    });
    if (!answer.ok) throw new Error(`the blob was not stored: ${answer.status}`);
    return await answer.json();
  }

  async get(key: string, range?: { readonly offset: number; readonly length: number }): Promise<Blob | undefined> {
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
    return this.#objects.getByName(objectName(this.#serverName, key));
  }
}

type BodyOf<Init extends { body?: unknown }> = NonNullable<Init['body']>;
