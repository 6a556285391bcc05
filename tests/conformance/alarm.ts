// One alarm for each object, fired at least once.
import assert from 'node:assert/strict';
import type { Check } from './world.ts';

export const alarmChecks: readonly Check[] = [
  {
    name: 'an alarm in the past fires soon',
    async run({ env, alarmed }) {
      env.alarm.arm(env.clock.now() - 1000);
      await alarmed(1);
    },
  },
  {
    name: 'of two times the earlier one holds, in whichever order they are armed',
    async run({ env, alarmed }) {
      env.alarm.arm(env.clock.now() + 3_600_000);
      env.alarm.arm(env.clock.now() + 20);
      env.alarm.arm(env.clock.now() + 3_600_000);
      await alarmed(1);
    },
  },
  {
    name: 'an alarm belongs to its transaction: undone with it, and a later one still fires',
    async run({ env, alarmed }) {
      assert.throws(() =>
        env.sql.transaction(() => {
          env.alarm.arm(env.clock.now() + 10);
          throw new Error('undone');
        }),
      );
      env.alarm.arm(env.clock.now() + 20);
      await alarmed(1);
    },
  },
  {
    name: 'after an alarm has fired another one may be armed',
    async run({ env, alarmed }) {
      env.alarm.arm(env.clock.now());
      await alarmed(1);
      env.alarm.arm(env.clock.now() + 5);
      await alarmed(2);
    },
  },
];
