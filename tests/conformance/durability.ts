// The output gate and the other small doors.
import assert from 'node:assert/strict';
import type { Check } from './world.ts';

export const durabilityChecks: readonly Check[] = [
  {
    name: 'settled resolves with and without writes before it',
    async run({ env: { sql, owner, durability } }) {
      await durability.settled();
      sql.run(
        'CREATE TABLE IF NOT EXISTS probe_settled (owner INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (owner, n)) WITHOUT ROWID',
      );
      for (let n = 0; n < 3; n++) {
        sql.run('INSERT INTO probe_settled VALUES (?, ?)', owner, n);
        await durability.settled();
      }
      assert.equal(
        sql.first<{ count: number }>('SELECT count(*) AS count FROM probe_settled WHERE owner = ?', owner)?.count,
        3,
      );
    },
  },
  {
    name: 'the wall clock tells whole milliseconds',
    async run({ env: { clock } }) {
      assert.ok(Number.isInteger(clock.now()) && clock.now() > 0);
    },
  },
  {
    name: 'a timer fires once, a cancelled one never',
    async run({ env: { clock } }) {
      const fired: string[] = [];
      const cancelled = clock.timer(1, () => fired.push('cancelled'));
      cancelled.cancel();
      await new Promise<void>((resolve) => {
        clock.timer(2, () => {
          fired.push('kept');
          resolve();
        });
      });
      await new Promise<void>((resolve) => {
        clock.timer(5, resolve);
      });
      assert.deepEqual(fired, ['kept']);
    },
  },
  {
    name: 'random bytes are as many as asked and not twice the same',
    async run({ env: { random } }) {
      assert.equal(random.bytes(0).length, 0);
      assert.equal(random.bytes(32).length, 32);
      assert.notDeepEqual(random.bytes(32), random.bytes(32));
    },
  },
];
