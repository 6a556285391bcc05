// `npm test`: every test file there is. Those that stay inside their process share one, which is much faster; those that
// start servers get a process each. Ends with `N passed, N failed` on a line of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';

const tests = fileURLToPath(new URL('.', import.meta.url));
/** Folders whose tests start processes or stop the world, and so have a process of their own. */
const APART = /^(black-box|workers|ledger|processes)\/|\/processes\//;
/** A file that takes longer hangs. */
const LONGEST_MS = 600_000;

interface Count {
  passed: number;
  failed: number;
}

/** Runs files through node's own runner and prints what failed as it comes. */
async function runFiles(files: readonly string[], isolation: 'none' | 'process'): Promise<Count> {
  const count: Count = { passed: 0, failed: 0 };
  const path: string[] = [];
  const stream = run({
    files: files.map((file) => tests + file),
    isolation,
    concurrency: isolation === 'process' ? 2 : true,
    timeout: LONGEST_MS,
    ...(isolation === 'process' ? { forceExit: true } : {}),
  });
  stream.on('test:start', ({ nesting, name }) => {
    path[nesting] = name;
  });
  stream.on('test:pass', ({ details, skip }) => {
    if (details.type !== 'suite' && skip === undefined) count.passed++;
  });
  stream.on('test:fail', ({ nesting, name, details, file, line, todo }) => {
    if (todo !== undefined) return;
    // A test around a failed one fails with it and says nothing new.
    const { error } = details;
    const { failureType, cause } = error as { readonly failureType?: string; readonly cause?: unknown };
    if (failureType === 'subtestsFailed') return;
    count.failed++;
    console.log(`\n✖ ${[...path.slice(0, nesting), name].join(' › ')}\n  ${file ?? ''}:${line ?? ''}`);
    console.log(indent(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause ?? error.message)));
  });
  stream.on('test:stderr', ({ message }) => {
    process.stderr.write(message);
  });
  for await (const _event of stream) {
    // The listeners above have seen it; reading keeps the stream going until it ends.
  }
  return count;
}

/** Runs this file again as a process for the files that share one, so that what they leave behind ends with it. */
async function runShared(files: readonly string[]): Promise<Count> {
  if (files.length === 0) return { passed: 0, failed: 0 };
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--shared', ...files], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let count: Count | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const parts = /^shared: (\d+) (\d+)$/.exec(line);
    if (parts) count = { passed: Number(parts[1]), failed: Number(parts[2]) };
    else console.log(line);
  }
  const [code] = (await exited) as [number | null];
  if (count) return count;
  console.log(`✖ the process of the tests that share one ended early (exit code ${code})`);
  return { passed: 0, failed: 1 };
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}

function testFiles(wanted: readonly string[]): string[] {
  const all = readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .sort();
  return wanted.length === 0 ? all : all.filter((file) => wanted.some((part) => `tests/${file}`.includes(part)));
}

const wanted = process.argv.slice(2);
if (wanted[0] === '--shared') {
  const { passed, failed } = await runFiles(wanted.slice(1), 'none');
  console.log(`shared: ${passed} ${failed}`);
  process.exit(0);
}
const files = testFiles(wanted);
const shared = await runShared(files.filter((file) => !APART.test(file)));
const apart = files.filter((file) => APART.test(file));
const own = apart.length > 0 ? await runFiles(apart, 'process') : { passed: 0, failed: 0 };
const failed = shared.failed + own.failed;
console.log(`\n${shared.passed + own.passed} passed, ${failed} failed`);
process.exit(failed === 0 && files.length > 0 ? 0 : 1);
