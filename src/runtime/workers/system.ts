// The small doors of the platform: time, randomness and the log.
import type { Clock } from '../../ports/clock.ts';
import type { Facts, Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';

/** How far the wall clock is off, in milliseconds, in this isolate: only on a server under test. */
let skewMs = 0;

export function skewClock(ms: number): void {
  skewMs = ms;
}

/** A time by our wall clock as the platform's own clock has it. */
export function platformTime(ms: number): number {
  return ms - skewMs;
}

/** The platform's clocks stand still while code runs and move with each input or output, as a defence against timing attacks. */
export const workersClock: Clock = {
  now: () => Date.now() + skewMs,
  monotonic: () => performance.now(),
  timer(ms, then) {
    const timer = setTimeout(then, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** The platform gives at most 64 KB at a time. */
const MOST_RANDOM_BYTES = 65_536;

export const workersRandom: Random = {
  bytes(count) {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; at += MOST_RANDOM_BYTES)
      crypto.getRandomValues(bytes.subarray(at, at + MOST_RANDOM_BYTES));
    return bytes;
  },
};

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One JSON object a line, which is how the platform's log takes fields apart. */
export function workersLog(least: LogLevel): Log {
  const from = LOG_LEVELS.indexOf(least);
  const at =
    (level: LogLevel) =>
    (message: string, facts: Facts = {}): void => {
      if (LOG_LEVELS.indexOf(level) >= from)
        console.log(JSON.stringify({ ...facts, level, time: Date.now(), msg: message }));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
