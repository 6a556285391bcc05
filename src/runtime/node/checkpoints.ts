// Keeps the log bounded without stopping the main thread. A worker copies the log into the database while writing goes on;
// when little is left, new operations are held at the door for the moment in which it copies the rest. The log then begins
// anew in the same file, because writing over what is there is synced faster than growing; an idle server truncates it.
// A write that comes in that moment all the same waits for SQLite's lock. The worker is there while the server is at work: an
// idle one does without the memory of a second heap.
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { Log } from '../../ports/log.ts';
import type { TurnListener } from '../shared/turns.ts';
import { startThread } from './thread.ts';
import type { WalFile } from './wal-file.ts';

export interface CheckpointOptions {
  /** Bytes of log at which copying begins. */
  readonly limit: number;
  /** How much may be left to copy while operations are held. */
  readonly rest: number;
  /** Time without a commit after which the log is truncated, if its file has more than `idleRest` bytes. */
  readonly idleMs: number;
  readonly idleRest: number;
}

export const CHECKPOINTS: CheckpointOptions = { limit: 16 << 20, rest: 1 << 20, idleMs: 5000, idleRest: 1 << 20 };
/** How often the log is copied while writing goes on, before the rest is copied whatever its size. */
const MOST_PASSES = 4;
type Pass = 'passive' | 'restart' | 'truncate';

export class Checkpoints implements TurnListener {
  readonly #wal: WalFile;
  readonly #log: Log;
  readonly #options: CheckpointOptions;
  readonly #path: string;
  readonly #broken: (error: unknown) => void;
  #worker: Worker | undefined;
  readonly #idle: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #held: Promise<void> | undefined;
  #closed = false;

  constructor(databasePath: string, wal: WalFile, log: Log, broken: (error: unknown) => void, options = CHECKPOINTS) {
    this.#wal = wal;
    this.#log = log;
    this.#options = options;
    this.#path = databasePath;
    this.#broken = broken;
    this.#idle = setTimeout(() => {
      if (this.#wal.size > options.idleRest) this.#start(true);
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
    this.#wal.committed();
    if (!this.#running && this.#wal.used > this.#options.limit) this.#start(false);
  }

  failed(): void {
    // Nothing was written.
  }

  /** Copies all of the log and ends the worker. Nothing may be written any more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    await this.#running;
    // What little there is otherwise is copied when the connection closes.
    if (this.#wal.used > this.#options.idleRest) await this.#pass('truncate');
    await this.#endWorker();
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
      const before = this.#wal.used;
      await this.#pass('passive');
      if (this.#wal.used - before <= this.#options.rest) break;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    try {
      await this.#pass(idle ? 'truncate' : 'restart');
    } finally {
      this.#held = undefined;
      resolve();
    }
    if (idle) await this.#endWorker();
  }

  async #pass(kind: Pass): Promise<void> {
    const worker = (this.#worker ??= this.#startWorker());
    const answer = once(worker, 'message');
    worker.ref();
    worker.postMessage(kind);
    const [{ error }] = (await answer) as [{ readonly done: boolean; readonly error?: string }];
    worker.unref();
    if (error !== undefined) this.#log.warn('a checkpoint did not finish', { kind, error });
  }

  #startWorker(): Worker {
    const worker = startThread(new URL('./checkpoint-worker.ts', import.meta.url), this.#path);
    worker.on('error', this.#broken);
    return worker;
  }

  async #endWorker(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    this.#worker = undefined;
    const exit = once(worker, 'exit');
    worker.ref();
    worker.postMessage('close');
    await exit;
  }
}
