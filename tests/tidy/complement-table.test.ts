// The tables of Complement's results against their reasons, and what the page says of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { count, fails, reasonedBy, reasons, table } from '../../tools/complement-table.ts';
import { read } from './source-files.ts';

const RUNTIMES = ['node', 'workers'] as const;

test('every test of Complement that does not pass has the reason that stands for it', () => {
  const known = reasons();
  for (const runtime of RUNTIMES) {
    const wrong = table(runtime)
      .filter(fails)
      .filter(({ test, reason }) => reason === '' || reason !== known.get(reasonedBy(test, known) ?? ''));
    assert.deepEqual(
      wrong.map((row) => row.test),
      [],
      runtime,
    );
  }
});

test('no reason is kept for what passes', () => {
  const known = reasons();
  const failed = RUNTIMES.flatMap((runtime) => table(runtime).filter(fails));
  const used = new Set(failed.map((row) => reasonedBy(row.test, known)));
  assert.deepEqual(
    [...known.keys()].filter((reason) => !used.has(reason)),
    [],
  );
});

test('the page counts what the tables hold', () => {
  const page = read('docs/compliance/README.md');
  for (const runtime of RUNTIMES) {
    const row = page.split('\n').find((line) => line.includes(`(complement-${runtime}.tsv)`)) ?? '';
    const rows = table(runtime);
    for (const way of ['shared', 'fresh'] as const)
      assert.ok(row.includes(`${way} servers: ${count(rows, way)}`), `${runtime}, ${way}: ${count(rows, way)}`);
  }
});
