// Loaded into a server that is measured: writes how long its event loop stood still at most, in milliseconds, when it gets SIGUSR2.
import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const file = process.env['LOOP_METER'];
if (file !== undefined && isMainThread) {
  const RESOLUTION = 5;
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  delay.enable();
  process.on('SIGUSR2', () => {
    writeFileSync(`${file}.new`, String(Math.max(0, delay.max / 1e6 - RESOLUTION)));
    renameSync(`${file}.new`, file);
    delay.reset();
  });
}
