// Blobs in simulated memory. A machine keeps its `BlobDisk` over all its lives; each life reads and writes it through a
// `SimulatedBlobs`. A write that was not acknowledged when the machine died may be there afterwards or not, by the seed; one
// that was is there.
import type { Blob, BlobRange, Blobs } from '../../ports/blobs.ts';
import { checkBlobKey, checkBlobRange } from '../shared/blob-key.ts';
import type { Passage } from './perilous-ports.ts';
import type { Scheduler } from './scheduler.ts';
import type { SeededRandom } from './seeded-random.ts';

/** What of a machine outlives it. */
export class BlobDisk {
  readonly kept = new Map<string, Uint8Array>();
}

const LONGEST_WRITE_MS = 20;
const CHUNK_BYTES = 64 * 1024;

export class SimulatedBlobs implements Blobs {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #disk: BlobDisk;
  readonly #passage: Passage;
  /** Writes that have begun and are not acknowledged. */
  readonly #underWay = new Set<() => void>();
  #dead = false;

  constructor(scheduler: Scheduler, random: SeededRandom, disk: BlobDisk, passage: Passage) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#disk = disk;
    this.#passage = passage;
  }

  put(key: string, bytes: ReadableStream<Uint8Array> | Uint8Array): Promise<{ readonly size: number }> {
    return this.#passage.across('blob put', async () => {
      checkBlobKey(key);
      const whole = bytes instanceof Uint8Array ? bytes.slice() : await readAll(bytes);
      await this.#write(`put ${key}`, () => this.#disk.kept.set(key, whole));
      return { size: whole.length };
    });
  }

  async get(key: string, range?: BlobRange): Promise<Blob | undefined> {
    checkBlobKey(key);
    checkBlobRange(range);
    await this.#step(`get ${key}`);
    const whole = this.#disk.kept.get(key);
    if (!whole) return undefined;
    let at = Math.min(range?.offset ?? 0, whole.length);
    const end = range ? Math.min(whole.length, at + range.length) : whole.length;
    const bytes = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (at >= end) return controller.close();
          controller.enqueue(whole.slice(at, Math.min(end, at + CHUNK_BYTES)));
          at += CHUNK_BYTES;
        },
      },
      { highWaterMark: 0 },
    );
    return { size: whole.length, bytes };
  }

  delete(key: string): Promise<void> {
    return this.#passage.across('blob delete', async () => {
      checkBlobKey(key);
      await this.#write(`delete ${key}`, () => this.#disk.kept.delete(key));
    });
  }

  /** The machine has died: nothing that waits here goes on, and each write under way has reached the disk or has not. */
  die(): void {
    this.#dead = true;
    for (const write of this.#underWay) if (this.#random.chance(50)) write();
    this.#underWay.clear();
  }

  async #write(what: string, write: () => void): Promise<void> {
    this.#underWay.add(write);
    await this.#step(what);
    this.#underWay.delete(write);
    write();
  }

  /** Resolves after a while of virtual time; never if the machine dies meanwhile. */
  #step(what: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.#dead) return;
      this.#scheduler.after(1 + this.#random.below(LONGEST_WRITE_MS), what, () => {
        if (!this.#dead) resolve();
      });
    });
  }
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
