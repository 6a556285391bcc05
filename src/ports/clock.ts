// The time door. Wall-clock time is only a stamp and a validity bound; order, timeouts and retries use the monotonic clock.

export interface Clock {
  /** Milliseconds since the epoch, as an integer. May jump either way. */
  now(): number;
  /** Milliseconds on a clock that never goes back, as a float; its zero means nothing. */
  monotonic(): number;
  /** Calls `then` once after `ms` milliseconds. A timer does not survive the process: what must happen has an alarm. */
  timer(ms: number, then: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** Lets everybody else have a turn, in the middle of long work. */
export function breath(clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  clock.timer(0, resolve);
  return promise;
}

/** Waits; like any timer it does not survive the process. */
export function pause(clock: Clock, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  clock.timer(ms, resolve);
  return promise;
}
