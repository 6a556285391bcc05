// `hearth user add`, beside a running server and without one.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../opened.ts';
import { launch } from './launched.ts';

const MAIN = fileURLToPath(new URL('./notes-command.ts', import.meta.url));

function hearth(...args: readonly string[]): Promise<{ readonly failed: boolean; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env: {} }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, output: stdout + stderr }),
    );
  });
}

test('an account can be made without and beside a running server, and a refusal is told', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await hearth('user', 'add', 'alice', '--admin', '--data', directory);
  assert.match(first.output, /^@alice:localhost, an administrator, has been made; the password is \S{16}\n$/);
  const { url } = await launch(t, ['--data', directory]);
  const second = await hearth('user', 'add', '--data', directory, 'bob', '--password', 'secret');
  assert.equal(second.output, '@bob:localhost has been made\n');
  assert.equal(statSync(`${directory}/admin.sock`).mode & 0o777, 0o600);
  assert.deepEqual(await (await fetch(`${url}/accounts`)).json(), ['alice', 'bob']);
  const again = await hearth('user', 'add', 'bob', '--data', directory);
  assert.ok(again.failed);
  assert.match(again.output, /UNIQUE/);
});

test('a command line that is not understood names what is wrong', async () => {
  assert.match((await hearth('user', 'remove', 'bob')).output, /no command user remove/);
  assert.match((await hearth('user', 'add', 'bob', '--prot', '3')).output, /--prot/);
  assert.match((await hearth('user', 'add')).output, /NAME/);
});
