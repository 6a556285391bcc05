// Threads for what would hold up the one that answers: each a module of ours, with its own small heap.
import { Worker } from 'node:worker_threads';

/** Runs a module as a thread; `data` is its `workerData`. The process does not wait for it to end. */
export function startThread(module: URL, data?: unknown): Worker {
  const thread = new Worker(new URL('./thread.js', import.meta.url), { argv: [module.href], workerData: data });
  thread.unref();
  return thread;
}
