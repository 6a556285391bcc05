// Password hashes by scrypt, on a thread of their own: the pool that scrypt would take by itself is where syncs wait too.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Worker } from 'node:worker_threads';
import type { Passwords } from '../../ports/passwords.ts';
import { startThread } from './thread.ts';

export interface HashJob {
  readonly id: number;
  readonly password: string;
  readonly salt: Uint8Array;
  readonly cost: number;
  readonly blockSize: number;
  readonly parallel: number;
  readonly length: number;
}

type HashDone = { readonly id: number; readonly hash: Uint8Array } | { readonly id: number; readonly error: string };
interface Waiter {
  readonly resolve: (hash: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/** How long the thread stays when there is nothing to hash. */
const IDLE_MS = 30_000;
const HASH_BYTES = 32;
const SALT_BYTES = 16;
/** A stored hash that asks for more than this is none of ours. */
const MOST_COST = 2 ** 20;

export class ScryptPasswords implements Passwords {
  readonly #cost: number;
  readonly #waiting = new Map<number, Waiter>();
  #worker: Worker | undefined;
  #jobs = 0;
  #idle: NodeJS.Timeout | undefined;

  /** `cost` is scrypt's N, a power of two; tests set it low. */
  constructor(cost = 16_384) {
    this.#cost = cost;
  }

  async hash(password: string): Promise<string> {
    const salt = new Uint8Array(randomBytes(SALT_BYTES));
    const hash = await this.#run({ password, salt, cost: this.#cost, blockSize: 8, parallel: 1, length: HASH_BYTES });
    return `scrypt$${this.#cost}$8$1$${toBase64(salt)}$${toBase64(hash)}`;
  }

  async verify(password: string, hash: string): Promise<boolean> {
    const parts = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash);
    const cost = Number(parts?.[1]);
    if (!parts || cost > MOST_COST) {
      // As slow as for a real hash, so that the time tells nothing.
      await this.hash(password);
      return false;
    }
    const expected = Buffer.from(parts[5] ?? '', 'base64');
    const salt = new Uint8Array(Buffer.from(parts[4] ?? '', 'base64'));
    const found = await this.#run({
      password,
      salt,
      cost,
      blockSize: Number(parts[2]),
      parallel: Number(parts[3]),
      length: expected.length,
    });
    return expected.length >= HASH_BYTES / 2 && timingSafeEqual(found, expected);
  }

  #run(job: Omit<HashJob, 'id'>): Promise<Uint8Array> {
    const id = ++this.#jobs;
    return new Promise((resolve, reject) => {
      clearTimeout(this.#idle);
      this.#waiting.set(id, { resolve, reject });
      this.#worker ??= this.#start();
      this.#worker.ref();
      this.#worker.postMessage({ id, ...job });
    });
  }

  #start(): Worker {
    const worker = startThread(new URL('./password-worker.ts', import.meta.url));
    worker.on('message', (done: HashDone) => {
      const waiter = this.#waiting.get(done.id);
      this.#waiting.delete(done.id);
      if (this.#waiting.size === 0) this.#rest(worker);
      if ('hash' in done) waiter?.resolve(done.hash);
      else waiter?.reject(new Error(done.error));
    });
    worker.on('error', (error) => {
      this.#worker = undefined;
      for (const waiter of this.#waiting.values())
        waiter.reject(error instanceof Error ? error : new Error(String(error)));
      this.#waiting.clear();
    });
    return worker;
  }

  #rest(worker: Worker): void {
    worker.unref();
    this.#idle = setTimeout(() => {
      if (this.#worker === worker) this.#worker = undefined;
      void worker.terminate();
    }, IDLE_MS);
    this.#idle.unref();
  }
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}
