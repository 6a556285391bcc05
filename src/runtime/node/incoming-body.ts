// Reading a request's body, and getting rid of one that nobody reads.
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { MatrixError } from '../../spec/errors.ts';
import { IncomingBytes } from '../shared/incoming-bytes.ts';

export interface BodyTimes {
  /** How long a body may take to arrive, beside what its length allows. */
  readonly graceMs: number;
  /** What arrives slower than this for longer than the grace is given up. */
  readonly leastBytesPerSecond: number;
  /** How much longer a connection takes in what nobody reads, so that its client gets to the answer. */
  readonly lingerMs: number;
  readonly lingerBytes: number;
}

/** A slow line sends 64 kbit a second. */
export const BODY_TIMES: BodyTimes = {
  graceMs: 30_000,
  leastBytesPerSecond: 8000,
  lingerMs: 2000,
  lingerBytes: 8 * 1024 * 1024,
};

/** Calls `wanted` unless the body is refused for what is said of it. Throws 413, 408 when it comes too slowly, or 400 when the client goes away before its end. */
export async function readBody(
  message: IncomingMessage,
  maxBytes: number,
  times: BodyTimes,
  wanted: () => void,
): Promise<Uint8Array> {
  const bytes = new IncomingBytes(maxBytes, message.headers['content-length']);
  const early = (): MatrixError => new MatrixError(400, 'M_UNKNOWN', 'The body ended early.');
  // Who went away while the handler was busy with something else sends no event any more.
  if (message.destroyed) throw early();
  wanted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // A message is closed after its end too, before the end has been noticed here.
  const cutOff = (): void => {
    if (!message.complete) reject(early());
  };
  const add = (chunk: Buffer): void => {
    try {
      bytes.add(chunk);
    } catch (error) {
      message.pause();
      reject(error);
    }
  };
  message.on('data', add);
  message.once('end', resolve);
  message.once('error', cutOff);
  message.once('close', cutOff);
  const began = performance.now();
  let timer = setTimeout(function late() {
    const left = began + times.graceMs + (bytes.length / times.leastBytesPerSecond) * 1000 - performance.now();
    if (left > 0) timer = setTimeout(late, left);
    else reject(new MatrixError(408, 'M_UNKNOWN', 'The body came too slowly.'));
  }, times.graceMs);
  try {
    await promise;
    return bytes.all();
  } finally {
    clearTimeout(timer);
    message.off('data', add).off('end', resolve).off('close', cutOff);
  }
}

/**
 * Takes in what is left of a body, within bounds. Closing with unread bytes would reset the connection, and the client
 * would lose the answer that tells it why.
 */
export async function discardBody(message: IncomingMessage, times: BodyTimes): Promise<void> {
  if (message.complete || message.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = times.lingerBytes;
  message.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) resolve();
  });
  message
    .once('end', resolve)
    .once('close', resolve)
    .once('error', () => resolve());
  message.resume();
  const late = new AbortController();
  await Promise.race([promise, delay(times.lingerMs, undefined, { signal: late.signal }).catch(() => undefined)]);
  late.abort();
}
