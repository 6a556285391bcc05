// The limits of Durable Object SQL, which hold everywhere.
import assert from 'node:assert/strict';
import type { SqlValue } from '../../src/ports/sql.ts';
import type { Check, World } from './world.ts';

/** Values that a careless caller may pass although their types forbid it. */
function bindUnchecked({ env: { sql } }: World, value: unknown): void {
  sql.first('SELECT ? AS value', value as SqlValue);
}

export const sqlLimitChecks: readonly Check[] = [
  {
    name: 'booleans, undefined and bigints are refused as values',
    async run(world) {
      for (const value of [true, false, undefined, 1n])
        assert.throws(() => bindUnchecked(world, value), `bound ${String(value)}`);
    },
  },
  {
    name: 'numbers that are no number are refused as values',
    async run(world) {
      for (const value of [NaN, Infinity, 2 ** 53]) assert.throws(() => bindUnchecked(world, value), `bound ${value}`);
    },
  },
  {
    name: 'an integer beyond 2^53 is an error, not a rounded number',
    async run({ env: { sql } }) {
      assert.throws(() => sql.first('SELECT 9007199254740993 AS value'));
      assert.equal(sql.first<{ value: number }>('SELECT 9007199254740991 AS value')?.value, 9007199254740991);
    },
  },
  {
    name: '100 values may be bound, 101 may not',
    async run({ env: { sql } }) {
      const query = (count: number): string => `SELECT ${Array(count).fill('?').join(' + ')} AS sum`;
      assert.equal(sql.first<{ sum: number }>(query(100), ...Array<number>(100).fill(1))?.sum, 100);
      assert.throws(() => sql.first(query(101), ...Array<number>(101).fill(1)));
    },
  },
  {
    name: 'a value above 2 MB is refused',
    async run({ env: { sql } }) {
      assert.equal(sql.first<{ size: number }>('SELECT length(?) AS size', 'x'.repeat(1_900_000))?.size, 1_900_000);
      assert.throws(() => sql.first('SELECT length(?) AS size', 'x'.repeat(2_200_000)));
      assert.throws(() => sql.first('SELECT length(?) AS size', new Uint8Array(2_200_000)));
    },
  },
  {
    name: 'a LIKE pattern above 50 bytes is refused',
    async run({ env: { sql } }) {
      assert.equal(sql.first<{ found: number }>("SELECT 'aaa' LIKE ? AS found", 'a%')?.found, 1);
      assert.throws(() => sql.first("SELECT 'aaa' LIKE ? AS found", 'a%'.repeat(26)));
    },
  },
  {
    name: 'transactions, pragmas, attached and temporary tables are refused as statements',
    async run({ env: { sql } }) {
      const refused = [
        'BEGIN',
        'COMMIT',
        'ROLLBACK',
        'SAVEPOINT a',
        'RELEASE a',
        'PRAGMA user_version',
        'PRAGMA journal_mode = DELETE',
        "ATTACH ':memory:' AS other",
        'VACUUM',
        'CREATE TEMP TABLE probe_temp (a INTEGER)',
        '  -- a comment\n BEGIN',
      ];
      for (const text of refused) assert.throws(() => sql.run(text), text);
      sql.transaction(() => {
        for (const text of refused) assert.throws(() => sql.run(text), text);
      });
    },
  },
];
