// The log: one JSON object a line on standard output.
import { createRequire } from 'node:module';
import type { Logger } from 'pino';
import type { Log } from '../../ports/log.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const require = createRequire(import.meta.url);

/** Synchronous, so that the last words of a process that ends are not lost. pino comes with the first line that is written. */
export function makeLog(level: LogLevel): Log {
  let logger: Logger | undefined;
  const write =
    (at: 'debug' | 'info' | 'warn' | 'error'): Log['info'] =>
    (message, facts) => {
      if (LOG_LEVELS.indexOf(at) < LOG_LEVELS.indexOf(level)) return;
      logger ??= makeLogger(level);
      logger[at](facts ?? {}, message);
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

function makeLogger(level: LogLevel): Logger {
  const { pino } = require('pino') as typeof import('pino');
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 1, sync: true }));
}
