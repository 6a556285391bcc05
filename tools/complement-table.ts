// Writes docs/compliance/complement-<runtime>.tsv, the table of a runtime's results in Complement:
// `node tools/complement-table.ts <runtime> <results of shared servers> [<results of fresh servers>]`.
// A results file has the columns package, test and result (pass, fail, skip); more are ignored. Why something does not pass
// stands in docs/compliance/complement-reasons.tsv: a test's reason holds for its subtests without one of their own. A failure
// without a reason is an error: either it is a bug, or somebody has to say why it is none.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../docs/compliance/', import.meta.url));
const COLUMNS = ['package', 'test', 'shared servers', 'fresh servers', 'reason if it does not pass yet'];

export interface Row {
  readonly group: string;
  readonly test: string;
  readonly shared: string;
  /** Empty if it was not run so. */
  readonly fresh: string;
  readonly reason: string;
}

function lines(path: string): readonly (readonly string[])[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
}

/** Reason by test. */
export function reasons(): ReadonlyMap<string, string> {
  return new Map(lines(`${folder}complement-reasons.tsv`).map(([test = '', reason = '']) => [test, reason]));
}

/** The test whose reason holds for this one: itself, or the nearest that it is part of. */
export function reasonedBy(test: string, known: ReadonlyMap<string, string>): string | undefined {
  for (let end = test.length; end > 0; end = test.lastIndexOf('/', end - 1)) {
    if (known.has(test.slice(0, end))) return test.slice(0, end);
  }
  return undefined;
}

/** A table as it stands in docs/compliance. */
export function table(runtime: string): readonly Row[] {
  return lines(`${folder}complement-${runtime}.tsv`).map(
    ([group = '', test = '', shared = '', fresh = '', reason = '']) => ({ group, test, shared, fresh, reason }),
  );
}

/** Whether the row's test does not pass in one of the ways it was run. */
export function fails(row: Row): boolean {
  return row.shared === 'fail' || row.fresh === 'fail';
}

/** Tests passed and run, in one way; subtests are not counted. */
export function count(rows: readonly Row[], way: 'shared' | 'fresh'): string {
  const run = rows.filter((row) => !row.test.includes('/') && row[way] !== '' && row[way] !== 'skip');
  return `${run.filter((row) => row[way] === 'pass').length} of ${run.length}`;
}

function build(sharedPath: string, freshPath: string | undefined): readonly Row[] {
  const known = reasons();
  const fresh = new Map(freshPath ? lines(freshPath).map(([group, test, result]) => [`${group} ${test}`, result]) : []);
  return lines(sharedPath).map(([group = '', test = '', shared = '']) => {
    const row = { group, test, shared, fresh: fresh.get(`${group} ${test}`) ?? '', reason: '' };
    if (fails(row)) return { ...row, reason: known.get(reasonedBy(test, known) ?? '') ?? '' };
    return shared === 'skip' ? { ...row, reason: 'skipped by the suite' } : row;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [runtime, sharedPath, freshPath] = process.argv.slice(2);
  if (!runtime || !sharedPath)
    throw new Error('usage: complement-table.ts <runtime> <results, shared servers> [<results, fresh servers>]');
  const rows = build(sharedPath, freshPath);
  const text = [COLUMNS, ...rows.map(({ group, test, shared, fresh, reason }) => [group, test, shared, fresh, reason])];
  writeFileSync(`${folder}complement-${runtime}.tsv`, `${text.map((cells) => cells.join('\t')).join('\n')}\n`);
  console.log(`shared servers: ${count(rows, 'shared')}; fresh servers: ${count(rows, 'fresh')}`);
  for (const row of rows.filter((row) => fails(row) && row.reason === '')) {
    console.error(`no reason: ${row.test}`);
    process.exitCode = 1;
  }
}
