// Types, sizes (file ≤ 400 lines, function ≤ 70), cycles, `any`, layout: read by the compiler, the linter and the formatter.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { root } from './source-files.ts';

const run = (command: string, ...parts: string[]) => {
  const { status, stdout, stderr } = spawnSync(`${root}node_modules/.bin/${command}`, parts, {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, said: `${stdout}${stderr}`.slice(0, 4000) };
};

test('the compiler finds no error', () => {
  const { status, said } = run('tsc', '--noEmit', '-p', '.');
  assert.equal(status, 0, said);
});

test('the linter finds no error', () => {
  const { status, said } = run('oxlint', 'src', 'tests', 'bench', 'tools');
  assert.equal(status, 0, said);
});

test('the formatter would change nothing', () => {
  const { status, said } = run('oxfmt', '--check', 'src', 'tests', 'bench', 'tools');
  assert.equal(status, 0, said);
});
