// Settings are read from three places by one set of names, and an error names the key.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { KEYS } from '../../../src/runtime/node/config-keys.ts';
import { ConfigError, configHelp, readConfig } from '../../../src/runtime/node/config.ts';
import { temporaryDirectory } from './opened.ts';

function file(t: TestContext, text: string): string {
  const path = join(temporaryDirectory(t), 'hearth.conf');
  writeFileSync(path, text);
  return path;
}

test('a flag wins over the environment, and that over the file', (t) => {
  const path = file(t, '# ports\nport = 1\ndata = /file\n\nlisten=0.0.0.0\n');
  const config = readConfig(['--config', path, '--port', '3'], {
    HEARTH_PORT: '2',
    HEARTH_DATA: '/environment',
    HEARTH_TEST: '1',
  });
  assert.deepEqual([config.port, config.data, config.listen], [3, '/environment', '0.0.0.0']);
});

test('an unknown key is an error that names it and where it stood', (t) => {
  const path = file(t, 'port = 1\nprot = 2\n');
  assert.throws(
    () => readConfig(['--prot=2'], {}),
    (error) => error instanceof ConfigError && /--prot/.test(error.message),
  );
  assert.throws(() => readConfig([], { HEARTH_PROT: '2' }), /HEARTH_PROT.*prot/);
  assert.throws(() => readConfig(['--config', path], {}), /hearth\.conf, line 2.*prot/);
});

test('a malformed value is an error that names its key', () => {
  const wrong = [
    ['port', '80a'],
    ['port', '70000'],
    ['server-name', 'a b'],
    ['registration', 'maybe'],
    ['rate-limits', 'true'],
    ['rate-limit-message', '5'],
    ['rate-limit-keys', '0/5'],
    ['listen', 'example.org'],
    ['public-url', 'matrix.example.org'],
    ['password-cost', '1000'],
    ['trusted-proxies', '10.0.0.0/8,here'],
    ['log-level', 'loud'],
    ['data', ''],
  ];
  for (const [key, value] of wrong)
    assert.throws(() => readConfig([`--${key}=${value}`], {}), new RegExp(`${key} is not right`), `${key}=${value}`);
});

test('a certificate without its key is an error that names both', () => {
  assert.throws(() => readConfig(['--tls-certificate', 'a.pem'], {}), /tls-certificate and tls-key/);
});

test('the help names every key', () => {
  for (const name of [...Object.keys(KEYS), 'config']) assert.match(configHelp(), new RegExp(`--${name} `));
});
