// Time: a stamp that may jump, and a clock that never goes back.
import assert from 'node:assert/strict';
import type { FrontWorld } from './world.ts';

interface ClockCheck {
  readonly name: string;
  run(world: { readonly env: Pick<FrontWorld['env'], 'clock'> }): Promise<void>;
}

export const clockChecks: readonly ClockCheck[] = [
  {
    name: 'the wall clock tells whole milliseconds',
    async run({ env: { clock } }) {
      assert.ok(Number.isInteger(clock.now()) && clock.now() > 0);
    },
  },
  {
    name: 'the monotonic clock has moved at least as far as a timer took',
    async run({ env: { clock } }) {
      const began = clock.monotonic();
      await new Promise<void>((resolve) => {
        clock.timer(20, resolve);
      });
      // Platforms round what they show to whole milliseconds.
      assert.ok(clock.monotonic() - began >= 18, String(clock.monotonic() - began));
    },
  },
  {
    name: 'a timer fires once, a cancelled one never, and cancelling late does nothing',
    async run({ env: { clock } }) {
      const fired: string[] = [];
      const cancelled = clock.timer(1, () => fired.push('cancelled'));
      cancelled.cancel();
      cancelled.cancel();
      const kept = await new Promise<{ cancel(): void }>((resolve) => {
        const timer = clock.timer(2, () => {
          fired.push('kept');
          resolve(timer);
        });
      });
      kept.cancel();
      await new Promise<void>((resolve) => {
        clock.timer(10, resolve);
      });
      assert.deepEqual(fired, ['kept']);
    },
  },
  {
    name: 'timers fire in the order of their times, and never before they were set',
    async run({ env: { clock } }) {
      const fired: string[] = [];
      await new Promise<void>((resolve) => {
        clock.timer(40, () => {
          fired.push('later');
          resolve();
        });
        clock.timer(0, () => fired.push('at once'));
        fired.push('set');
      });
      assert.deepEqual(fired, ['set', 'at once', 'later']);
    },
  },
];
