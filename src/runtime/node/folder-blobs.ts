// Large bytes in a folder. A blob appears whole, under its name, when it and its name are on the disk.
import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Blob, BlobRange, Blobs } from '../../ports/blobs.ts';
import { checkBlobKey, checkBlobRange } from '../shared/blob-key.ts';
import { fs } from './builtin.ts';

const CHUNK_BYTES = 64 * 1024;
/** Where blobs are written before they have their name. No key begins like this. */
const INCOMING = '.incoming';

export class FolderBlobs implements Blobs {
  readonly #folder: string;
  #disk: Promise<unknown> = Promise.resolve();

  /** Makes the folder, and clears what an earlier process had begun to write when it ended. One process at a time. */
  constructor(folder: string) {
    this.#folder = folder;
    fs.rmSync(join(folder, INCOMING), { recursive: true, force: true });
    fs.mkdirSync(join(folder, INCOMING), { recursive: true, mode: 0o700 });
  }

  async put(key: string, bytes: ReadableStream<Uint8Array> | Uint8Array): Promise<{ readonly size: number }> {
    const path = this.#path(key);
    const temporary = join(this.#folder, INCOMING, randomBytes(16).toString('hex'));
    await this.#queued(() => fs.promises.mkdir(dirname(path), { recursive: true, mode: 0o700 }));
    const file = await this.#queued(() => fs.promises.open(temporary, 'wx', 0o600));
    let size = 0;
    try {
      for await (const chunk of bytes instanceof Uint8Array ? [bytes] : chunksOf(bytes)) {
        await this.#queued(() => file.writeFile(chunk));
        size += chunk.length;
      }
      await this.#queued(() => file.sync());
      await this.#queued(() => file.close());
      await this.#queued(() => fs.promises.rename(temporary, path));
      await this.#queued(() => syncDirectories(this.#folder, dirname(path)));
    } catch (error) {
      await file.close().catch(() => undefined);
      await fs.promises.rm(temporary, { force: true });
      throw error;
    }
    return { size };
  }

  async get(key: string, range?: BlobRange): Promise<Blob | undefined> {
    checkBlobRange(range);
    let file: FileHandle;
    try {
      file = await this.#queued(() => fs.promises.open(this.#path(key), 'r'));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    const { size } = await file.stat();
    let at = Math.min(range?.offset ?? 0, size);
    const end = range ? Math.min(size, at + range.length) : size;
    const bytes = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const wanted = Math.min(CHUNK_BYTES, end - at);
          const { bytesRead, buffer } =
            wanted > 0
              ? await this.#queued(() => file.read(new Uint8Array(wanted), 0, wanted, at))
              : { bytesRead: 0, buffer: new Uint8Array() };
          at += bytesRead;
          if (bytesRead > 0) return controller.enqueue(buffer.subarray(0, bytesRead));
          controller.close();
          await file.close();
        },
        cancel: () => file.close(),
      },
      { highWaterMark: 0 },
    );
    return { size, bytes };
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key);
    try {
      await this.#queued(() => fs.promises.rm(path));
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    await this.#queued(() => syncDirectory(dirname(path)));
  }

  /** One at a time: files share their few threads with the syncs that answers wait for. */
  #queued<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#disk.then(work, work);
    this.#disk = done.catch(() => undefined);
    return done;
  }

  /** A file's name has an ending that no folder's has, so that one key may begin as another one ends. */
  #path(key: string): string {
    checkBlobKey(key);
    return join(this.#folder, `${key}.blob`);
  }
}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

/** Makes the names of a new file and of new folders above it durable. */
async function syncDirectories(top: string, lowest: string): Promise<void> {
  for (let path = lowest; path.startsWith(top); path = dirname(path)) await syncDirectory(path);
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await fs.promises.open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
