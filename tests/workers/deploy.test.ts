// What Cloudflare is given: wrangler's own check of the bundle and the bindings, without a network.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { COMPATIBILITY_DATE, COMPATIBILITY_FLAGS } from '../../src/runtime/workers/local/bundle.ts';

const root = join(import.meta.dirname, '../..');

test('the Worker can be deployed as it stands', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'hearth-wrangler-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [wrangler, 'deploy', '--config', 'wrangler.jsonc', '--dry-run', '--outdir', home],
    {
      cwd: root,
      env: { PATH: process.env['PATH'] ?? '', HOME: home, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' },
    },
  );
  for (const binding of [
    'env.ROOM (RoomObject)',
    'env.USERS (UsersObject)',
    'env.HOME (HomeObject)',
    'env.SERVERS (ServersObject)',
    'env.BLOBS (',
  ])
    assert.ok(stdout.includes(binding), stdout);
});

test('both ways to serve the Worker name the same rules of the platform', () => {
  const text = readFileSync(join(root, 'wrangler.jsonc'), 'utf8');
  assert.ok(text.includes(`"compatibility_date": "${COMPATIBILITY_DATE}"`));
  for (const flag of COMPATIBILITY_FLAGS) assert.ok(text.includes(`"${flag}"`), flag);
});
