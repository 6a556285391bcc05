// Links: into the specification, and between the project's own pages.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { projectFiles, read, root } from './source-files.ts';

const SPECIFICATION = /https:\/\/spec\.matrix\.org\/([^\s)'"`>]*)/g;

test('every link into the specification names an anchor that it has, in the version that Hearth implements', () => {
  const anchors = new Set(
    read('docs/compliance/spec-anchors.txt')
      .split('\n')
      .map((line) => `v1.19/${line}`),
  );
  const dead: string[] = [];
  for (const path of projectFiles().filter((path) => /\.(ts|md|tsv)$/.test(path))) {
    for (const [, link] of read(path).matchAll(SPECIFICATION)) {
      const target = link!.replace(/[.,;:]+$/, '');
      if (target !== 'v1.19/' && target !== 'v1.19/rooms/' && !anchors.has(target)) dead.push(`${path}: ${target}`);
    }
  }
  assert.deepEqual(dead, []);
});

test('every link between pages leads to a file', () => {
  const dead: string[] = [];
  for (const path of projectFiles().filter((path) => path.endsWith('.md'))) {
    for (const [, target] of read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
      if (!existsSync(join(root, dirname(path), target!))) dead.push(`${path}: ${target}`);
    }
  }
  assert.deepEqual(dead, []);
});
