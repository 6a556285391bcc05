// `npm run dev:workers`: the Worker on this machine, in workerd, with its objects on the local disk.
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OptionError, type LocalOptions, optionsHelp, readOptions } from './options.ts';
import { startWorkerd } from './workerd.ts';

const OBJECTS = [
  { binding: 'ROOM', className: 'RoomObject', key: 'room' },
  { binding: 'USERS', className: 'UsersObject', key: 'users' },
  { binding: 'HOME', className: 'HomeObject', key: 'home' },
  { binding: 'SERVERS', className: 'ServersObject', key: 'servers' },
  { binding: 'BLOB', className: 'BlobObject', key: 'blob' },
];
/** How long open requests may go on after the signal to end. What was acknowledged is on disk by then anyway. */
const DRAIN_MS = 3000;

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    console.log(`Hearth's Worker on this machine.\n\nnpm run dev:workers -- [settings]\n\n${optionsHelp()}`);
    return;
  }
  const options = readOptions(process.argv.slice(2), process.env);
  const child = await start(options);
  let ending = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (ending) return;
      ending = true;
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), DRAIN_MS).unref();
    });
  }
  child.on('exit', (code, signal) => {
    if (!ending) console.error(`hearth: workerd ended by itself (${signal ?? code})`);
    process.exit(ending ? 0 : code || 1);
  });
  announce(options);
}

function start(options: LocalOptions): Promise<ChildProcess> {
  const { tls } = options;
  return startWorkerd({
    entry: join(import.meta.dirname, 'worker.ts'),
    data: options.data,
    objects: OBJECTS,
    output: 'inherit',
    variables: options.variables,
    http: address(options.listen, options.port),
    https: tls && { address: address(options.listen, tls.port), certificate: pem(tls.certificate), key: pem(tls.key) },
    authority: options.authority === undefined ? undefined : pem(options.authority),
    privateAddresses: options.privateAddresses,
  });
}

function announce(options: LocalOptions): void {
  const { tls, listen, port } = options;
  const url = `http://${address(listen, port)}`;
  console.log(
    `Hearth serves ${options.variables['HEARTH_SERVER_NAME']} from workerd on ${url}${tls ? ` and https://${address(listen, tls.port)}` : ''}`,
  );
  console.log(
    options.variables['HEARTH_REGISTRATION_SHARED_SECRET'] === undefined
      ? 'To make the first account, set registration-shared-secret: see docs/runtimes.md, "The first account"'
      : `Make the first account: POST ${url}/_synapse/admin/v1/register (see docs/runtimes.md, "The first account")`,
  );
}

function address(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function pem(path: string): string {
  if (!existsSync(path)) throw new OptionError(`there is no file ${path}`);
  return readFileSync(path, 'utf8');
}

try {
  await main();
} catch (error) {
  console.error(
    `hearth: ${error instanceof OptionError ? error.message : error instanceof Error ? error.stack : String(error)}`,
  );
  process.exit(1);
}
