// The output gate.
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
];
