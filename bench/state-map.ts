// The persistent state map: building, editing, reading and comparing, over rows in memory and in SQLite.
// `node bench/state-map.ts`
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { NodeStore } from '../src/state/map/node-store.ts';
import { StateMap } from '../src/state/map/state-map.ts';

interface CountedRows extends NodeStore {
  reads: number;
  readonly sizes: number[];
}

function inMemory(): CountedRows {
  const rows: Uint8Array[] = [];
  return {
    reads: 0,
    sizes: [],
    read(row) {
      this.reads++;
      return rows[row - 1]!;
    },
    append(bytes) {
      this.sizes.push(bytes.length);
      return rows.push(bytes);
    },
  };
}

function inSqlite(db: DatabaseSync): CountedRows {
  db.exec(
    'CREATE TABLE nodes (owner INTEGER NOT NULL, row INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (owner, row)) WITHOUT ROWID',
  );
  const insert = db.prepare('INSERT INTO nodes VALUES (1, ?, ?)');
  const select = db.prepare('SELECT bytes FROM nodes WHERE owner = 1 AND row = ?');
  return {
    reads: 0,
    sizes: [],
    read(row) {
      this.reads++;
      const bytes = select.get(row)?.['bytes'];
      if (!(bytes instanceof Uint8Array)) throw new Error(`there is no row ${row}`);
      return bytes;
    },
    append(bytes) {
      this.sizes.push(bytes.length);
      insert.run(this.sizes.length, bytes);
      return this.sizes.length;
    },
  };
}

/** The median of some runs, in milliseconds. */
function median(times: number, work: () => void): number {
  const took = Array.from({ length: times }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return took.sort((left, right) => left - right)[Math.floor(times / 2)]!;
}

let state = 1;
const random = (limit: number): number => (state = (state * 48_271) % 2_147_483_647) % limit;
const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
const kB = (sizes: readonly number[]): string => `${(sum(sizes) / 1000).toFixed(0)} kB in ${sizes.length} rows`;

type Entries = [key: number, value: number][];
const inOrder = (count: number): Entries => Array.from({ length: count }, (_, key) => [key, key + 1]);
const outOfOrder = (count: number): Entries => Array.from({ length: count }, (_, key) => [key, random(1_000_000)]);

function measure(name: string, rows: CountedRows, entriesOf: (count: number) => Entries): void {
  console.log(`\n${name}`);
  const print = (what: string, value: string): void => console.log(`  ${what.padEnd(34)} ${value}`);
  const fifty = entriesOf(50_000);
  const once = inMemory();
  new StateMap(once).build(fifty);
  print(
    'build 50k (rows in memory)',
    `${median(9, () => {
      new StateMap(inMemory()).build(fifty);
    }).toFixed(1)} ms, ${kB(once.sizes)}`,
  );

  const map = new StateMap(rows);
  let root = map.build(entriesOf(100_000));
  print('build 100k', kB(rows.sizes));
  const built = rows.sizes.length;
  const edit = (): void => {
    root = map.edit(root, new Map([[random(100_000), 2_000_000 + random(100_000)]]));
  };
  for (let n = 0; n < 10_000; n++) edit();
  const edits = rows.sizes.slice(built);
  const mean = (sum(edits) / edits.length).toFixed(0);
  print('edit at 100k, 10k times', `${mean} bytes mean, ${Math.max(...edits)} largest, ${edits.length} rows`);
  print(
    'edit',
    `${(
      median(9, () => {
        for (let n = 0; n < 100; n++) edit();
      }) * 10
    ).toFixed(1)} µs`,
  );

  const hot = random(100_000);
  print(
    'get, hot key',
    `${(
      median(9, () => {
        for (let n = 0; n < 10_000; n++) map.get(root, hot);
      }) * 100
    ).toFixed(0)} ns`,
  );
  print(
    'get, any key',
    `${(
      median(9, () => {
        for (let n = 0; n < 1000; n++) map.get(root, random(100_000));
      }) * 1000
    ).toFixed(0)} ns`,
  );
  print(
    'get, nothing in memory',
    `${(
      median(99, () => {
        new StateMap(rows).get(root, random(100_000));
      }) * 1e6
    ).toFixed(0)} ns`,
  );

  const ten = map.edit(root, new Map(Array.from({ length: 10 }, (_, n) => [n * 9999, 3_000_000 + n])));
  rows.reads = 0;
  const found = [...new StateMap(rows).difference(root, ten)].length;
  const reads = rows.reads;
  const took = median(19, () => {
    for (const entry of new StateMap(rows).difference(root, ten)) entry.key.toFixed();
  });
  print(`difference of ${found}, nothing in memory`, `${took.toFixed(2)} ms, ${reads} reads`);
  rows.reads = 0;
  for (const entry of map.entries(root)) entry[0].toFixed();
  const walked = rows.reads;
  print(
    'all entries',
    `${median(5, () => {
      for (const entry of map.entries(root)) entry[0].toFixed();
    }).toFixed(0)} ms, ${walked} reads`,
  );
}

measure('rows in memory, values in order', inMemory(), inOrder);
measure('rows in memory, values out of order', inMemory(), outOfOrder);
const folder = mkdtempSync(join(tmpdir(), 'state-map-'));
const db = new DatabaseSync(join(folder, 'nodes.db'));
db.exec('PRAGMA journal_mode = WAL; BEGIN');
measure('rows in SQLite, values out of order (one open transaction)', inSqlite(db), outOfOrder);
db.exec('COMMIT');
db.close();
rmSync(folder, { recursive: true });
