// The local server as a process, started by the script of the conformance suites.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { OptionError, readOptions } from '../../src/runtime/workers/local/options.ts';
import { workerdConfig } from '../../src/runtime/workers/local/workerd-config.ts';
import { freePort } from './served.ts';

const root = join(import.meta.dirname, '../..');

/** A certificate for `hs1`, which is its own authority. */
function certificate(directory: string): {
  readonly TLS_CERT: string;
  readonly TLS_KEY: string;
  readonly CA_CERT: string;
} {
  const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      '-days',
      '2',
      '-subj',
      '/CN=hs1',
      '-addext',
      'subjectAltName=DNS:hs1',
    ],
    { stdio: 'ignore' },
  );
  return { TLS_CERT: cert, TLS_KEY: key, CA_CERT: cert };
}

async function start(t: TestContext, environment: Record<string, string>, port: number): Promise<ChildProcess> {
  const child = spawn(join(root, 'tests/complement/workers'), {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: {
      PATH: process.env['PATH'] ?? '',
      SERVER_NAME: 'hs1',
      BIND_ADDRESS: '127.0.0.1',
      CLIENT_PORT: String(port),
      ...environment,
    },
  });
  let said = '';
  const note = (chunk: Buffer): void => {
    said += chunk.toString();
  };
  child.stdout.on('data', note);
  child.stderr.on('data', note);
  t.after(() => {
    if (child.exitCode === null && child.signalCode === null && child.pid) process.kill(-child.pid, 'SIGKILL');
  });
  while (
    !(await fetch(`http://127.0.0.1:${port}/_matrix/client/versions`).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    assert.equal(child.exitCode, null, said);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
  return child;
}

test('serves HTTP and HTTPS, keeps its secrets to itself, and ends when it is told to', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'hearth-local-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const [port, tlsPort] = [await freePort(), await freePort()];
  const tls = certificate(directory);
  const environment = {
    ...tls,
    DATA_DIR: join(directory, 'data'),
    FEDERATION_PORT: String(tlsPort),
    REGISTRATION_SHARED_SECRET: 'a secret of the test',
  };
  const child = await start(t, environment, port);
  const asking = request({
    host: '127.0.0.1',
    port: tlsPort,
    path: '/_matrix/client/versions',
    servername: 'hs1',
    ca: readFileSync(tls.CA_CERT),
  });
  asking.end();
  const [answer] = (await once(asking, 'response')) as [{ statusCode: number; resume(): void }];
  answer.resume();
  assert.equal(answer.statusCode, 200);
  assert.ok(!readFileSync(join(directory, 'data/workerd.capnp'), 'utf8').includes('a secret of the test'));
  const exit = once(child, 'exit');
  process.kill(-child.pid!, 'SIGTERM');
  assert.deepEqual(await exit, [0, null]);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/_matrix/client/versions`));
});

test('settings have the names that they have on Node, and a flag wins over the environment', () => {
  const options = readOptions(['--port', '8009', '--server-name=example.org', '--rate-limits', 'off'], {
    HEARTH_PORT: '8010',
    HEARTH_GROUP_SIZE: '5',
    OTHER: 'x',
  });
  assert.equal(options.port, 8009);
  assert.deepEqual(options.variables, {
    HEARTH_SERVER_NAME: 'example.org',
    HEARTH_RATE_LIMITS: 'off',
    HEARTH_GROUP_SIZE: '5',
  });
});

test('a setting that cannot be used is named', () => {
  for (const flags of [
    ['--prot', '1'],
    ['--port'],
    ['--port', 'x'],
    ['--tls-key', 'a'],
    ['--registration', 'maybe'],
    ['--constructor', 'x'],
  ]) {
    assert.throws(
      () => readOptions(flags, {}),
      (error) => error instanceof OptionError && error.message.toLowerCase().includes(flags[0]!.slice(2)),
      flags.join(' '),
    );
  }
  assert.throws(() => readOptions([], { HEARTH_PROT: '1' }), /HEARTH_PROT/);
});

test('what stands in a setting stays inside its quotes', () => {
  const text = workerdConfig({
    script: 'a"b\\c\nd',
    objects: [],
    objectsDirectory: '/x',
    http: '[::1]:1',
    https: undefined,
    authority: undefined,
    privateAddresses: false,
    variables: [],
  });
  assert.ok(text.includes('embed "a\\"b\\\\c\\nd"'));
});
