// What a query brings and takes.
import assert from 'node:assert/strict';
import type { Check } from './world.ts';

const TABLE = `CREATE TABLE IF NOT EXISTS probe_values (
  owner INTEGER NOT NULL, id INTEGER NOT NULL, whole INTEGER, real REAL, text TEXT, bytes BLOB, PRIMARY KEY (owner, id)
) WITHOUT ROWID`;

export const sqlChecks: readonly Check[] = [
  {
    name: 'values come back as they were stored, blobs as bytes of their own',
    async run({ env: { sql, owner } }) {
      sql.run(TABLE);
      sql.run(
        'INSERT INTO probe_values VALUES (?, 1, ?, ?, ?, ?)',
        owner,
        9007199254740991,
        1.5,
        'grüße 🎉',
        new Uint8Array([0, 1, 255]),
      );
      const row = sql.first('SELECT whole, real, text, bytes FROM probe_values WHERE owner = ? AND id = 1', owner);
      assert.deepEqual(
        { ...row },
        { whole: 9007199254740991, real: 1.5, text: 'grüße 🎉', bytes: new Uint8Array([0, 1, 255]) },
      );
      const bytes = row?.['bytes'];
      assert.ok(bytes instanceof Uint8Array);
      assert.equal(bytes.byteLength, bytes.buffer.byteLength);
    },
  },
  {
    name: 'a query without rows brings undefined or an empty list',
    async run({ env: { sql, owner } }) {
      sql.run(TABLE);
      assert.equal(sql.first('SELECT id FROM probe_values WHERE owner = ? AND id = 404', owner), undefined);
      assert.deepEqual(sql.all('SELECT id FROM probe_values WHERE owner = ? AND id = 404', owner), []);
    },
  },
  {
    name: 'run tells how many rows changed',
    async run({ env: { sql, owner } }) {
      sql.run(TABLE);
      for (const id of [1, 2, 3])
        assert.equal(sql.run('INSERT INTO probe_values (owner, id) VALUES (?, ?)', owner, id), 1);
      assert.equal(sql.run("UPDATE probe_values SET text = 'x' WHERE owner = ? AND id > 1", owner), 2);
      assert.equal(sql.run('DELETE FROM probe_values WHERE owner = ? AND id > 10', owner), 0);
      assert.equal(sql.run('INSERT INTO probe_values (owner, id) VALUES (?, 3) ON CONFLICT DO NOTHING', owner), 0);
    },
  },
  {
    name: 'RETURNING brings rows of a write',
    async run({ env: { sql, owner } }) {
      sql.run(TABLE);
      const rows = sql.all<{ id: number }>('INSERT INTO probe_values (owner, id) VALUES (?, 7) RETURNING id', owner);
      assert.deepEqual(
        rows.map(({ id }) => id),
        [7],
      );
      assert.equal(sql.first<{ id: number }>('SELECT id FROM probe_values WHERE owner = ?', owner)?.id, 7);
    },
  },
  {
    name: 'a list travels as one JSON value',
    async run({ env: { sql, owner } }) {
      sql.run(TABLE);
      for (let id = 1; id <= 5; id++) sql.run('INSERT INTO probe_values (owner, id) VALUES (?, ?)', owner, id);
      const wanted = JSON.stringify([...Array(500).keys()].map((n) => n * 2));
      const rows = sql.all<{ id: number }>(
        'SELECT id FROM probe_values WHERE owner = ? AND id IN (SELECT value FROM json_each(?)) ORDER BY id',
        owner,
        wanted,
      );
      assert.deepEqual(
        rows.map(({ id }) => id),
        [2, 4],
      );
    },
  },
  {
    name: 'a broken rule of the schema throws, and what stood before stays',
    async run({ env: { sql, owner } }) {
      sql.run(TABLE);
      sql.run("INSERT INTO probe_values (owner, id, text) VALUES (?, 1, 'first')", owner);
      assert.throws(() => sql.run("INSERT INTO probe_values (owner, id, text) VALUES (?, 1, 'second')", owner));
      assert.equal(
        sql.first<{ text: string }>('SELECT text FROM probe_values WHERE owner = ? AND id = 1', owner)?.text,
        'first',
      );
    },
  },
  {
    name: 'a statement that fails half-way changes nothing',
    async run({ env: { sql, owner } }) {
      sql.run(TABLE);
      sql.run('INSERT INTO probe_values (owner, id) VALUES (?, 3)', owner);
      assert.throws(() =>
        sql.run('INSERT INTO probe_values (owner, id) SELECT ?, value FROM json_each(?)', owner, '[1,2,3]'),
      );
      assert.deepEqual(
        sql.all<{ id: number }>('SELECT id FROM probe_values WHERE owner = ?', owner).map(({ id }) => id),
        [3],
      );
    },
  },
];
