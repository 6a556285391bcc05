// An object's clock: its timers end with it, and what they throw is reported instead of ending the process.
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { SqlView } from './sql-view.ts';

export function ownClock(clock: Clock, view: SqlView, log: Log): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    timer: (ms, then) =>
      clock.timer(ms, () => {
        if (view.poisonedBy) return;
        try {
          then();
        } catch (error) {
          log.error('a timer failed', { error: String(error) });
        }
      }),
  };
}
