// No secrets in the repository: private keys, tokens and the like.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { projectFiles, read } from './source-files.ts';

const SECRETS = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\bhearth_\d+_[A-Za-z0-9_-]{30,}/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bgh[pousr]_[A-Za-z0-9]{30,}/,
  /\bnpm_[A-Za-z0-9]{30,}/,
];

test('no file holds a secret', () => {
  const found = projectFiles().filter(
    (path) => !/\.(png|jpg|ico|woff2)$/.test(path) && SECRETS.some((secret) => secret.test(read(path))),
  );
  assert.deepEqual(found, []);
});

test('the lock file names no registry', () => {
  assert.ok(!/"resolved":/.test(read('package-lock.json')));
});
