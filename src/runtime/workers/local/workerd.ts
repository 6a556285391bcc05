// workerd as a child process in our own process group.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { bundle } from './bundle.ts';
import { type WorkerdConfig, workerdConfig } from './workerd-config.ts';

export interface WorkerdOptions extends Omit<WorkerdConfig, 'script' | 'objectsDirectory' | 'variables'> {
  /** The Worker's module. */
  readonly entry: string;
  /** Where everything is kept: the objects, and what workerd is started with. */
  readonly data: string;
  /** The Worker's variables. */
  readonly variables: Readonly<Record<string, string>>;
  readonly output: 'inherit' | 'pipe';
}

/** Writes bundle and configuration to the data directory and starts workerd with them. */
export async function startWorkerd(options: WorkerdOptions): Promise<ChildProcess> {
  const data = resolve(options.data);
  const objectsDirectory = join(data, 'objects');
  mkdirSync(objectsDirectory, { recursive: true });
  await bundle(options.entry, join(data, 'worker.js'));
  const file = join(data, 'workerd.capnp');
  writeFileSync(
    file,
    workerdConfig({ ...options, script: 'worker.js', objectsDirectory, variables: Object.keys(options.variables) }),
    { mode: 0o600 },
  );
  // An older file keeps its mode; this one may hold the certificate's key.
  chmodSync(file, 0o600);
  const child = spawn(binary(), ['serve', '--experimental', file], {
    stdio: ['ignore', options.output, options.output],
    env: { ...process.env, ...options.variables },
  });
  await once(child, 'spawn');
  return child;
}

/** workerd's binary for this machine, out of the package that npm has chosen. */
function binary(): string {
  const require = createRequire(import.meta.url);
  return require.resolve(
    `@cloudflare/workerd-${process.platform}-${process.arch === 'x64' ? '64' : process.arch}/bin/workerd`,
  );
}
