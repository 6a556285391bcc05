// Keeps the log bounded without stopping the main thread. A worker copies the log into the database while writing goes on;
// when little is left, new operations are held at the door for the moment in which it copies the rest and truncates the log.
// A write that comes in that moment all the same waits for SQLite's lock.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Log } from '../../ports/log.ts';
import type { TurnListener } from '../shared/turns.ts';
import type { WalFile } from './wal-file.ts';

export interface CheckpointOptions {
  /** Bytes of log at which copying begins. */
  readonly limit: number;
  /** How much may be left to copy while operations are held. */
  readonly rest: number;
  /** Time without a commit after which the log is truncated. */
  readonly idleMs: number;
}

export const CHECKPOINTS: CheckpointOptions = { limit: 16 << 20, rest: 1 << 20, idleMs: 5000 };
/** How often the log is copied while writing goes on, before the rest is copied whatever its size. */
const MOST_PASSES = 4;
/** The size is asked for once in so many commits. */
const LOOK_EVERY = 16;

export class Checkpoints implements TurnListener {
  readonly #wal: WalFile;
  readonly #log: Log;
  readonly #options: CheckpointOptions;
  readonly #worker: Worker;
  readonly #idle: NodeJS.Timeout;
  #commits = 0;
  #running: Promise<void> | undefined;
  #held: Promise<void> | undefined;
  #closed = false;

  constructor(databasePath: string, wal: WalFile, log: Log, broken: (error: unknown) => void, options = CHECKPOINTS) {
    this.#wal = wal;
    this.#log = log;
    this.#options = options;
    this.#worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), { workerData: databasePath });
    this.#worker.unref();
    this.#worker.on('error', broken);
    this.#idle = setTimeout(() => {
      if (this.#wal.size > 0) this.#start(true);
    }, options.idleMs);
    this.#idle.unref();
  }

  /** While this is a promise, operations that may write should wait for it before they begin. */
  get held(): Promise<void> | undefined {
    return this.#held;
  }

  committed(): void {
    if (this.#closed) return;
    this.#idle.refresh();
    if (this.#running || ++this.#commits % LOOK_EVERY !== 0) return;
    if (this.#wal.size > this.#options.limit) this.#start(false);
  }

  failed(): void {
    // Nothing was written.
  }

  /** Copies all of the log and ends the worker. Nothing may be written any more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    await this.#running;
    await this.#pass('truncate');
    const exit = once(this.#worker, 'exit');
    this.#worker.ref();
    this.#worker.postMessage('close');
    await exit;
  }

  #start(idle: boolean): void {
    if (this.#running || this.#closed) return;
    this.#running = this.#run(idle)
      .catch((error: unknown) => {
        this.#log.error('a checkpoint failed', { error: String(error) });
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #run(idle: boolean): Promise<void> {
    for (let pass = 0; pass < MOST_PASSES && !idle; pass++) {
      const before = this.#wal.size;
      await this.#pass('passive');
      if (this.#wal.size - before <= this.#options.rest) break;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    try {
      await this.#pass('truncate');
    } finally {
      this.#held = undefined;
      resolve();
    }
  }

  async #pass(kind: 'passive' | 'truncate'): Promise<void> {
    const answer = once(this.#worker, 'message');
    this.#worker.ref();
    this.#worker.postMessage(kind);
    const [{ error }] = (await answer) as [{ readonly done: boolean; readonly error?: string }];
    this.#worker.unref();
    if (error !== undefined) this.#log.warn('a checkpoint did not finish', { kind, error });
  }
}
