// A Python with matrix-nio, in an environment of its own under node_modules/.cache. Made once, if this machine can.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../tidy/source-files.ts';

const run = promisify(execFile);
const INSTALLATION_MS = 120_000;
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

let found: Promise<string> | undefined;

/** The path of the interpreter; rejects, with the reason, on a machine without Python or without a network. */
export function pythonWithNio(): Promise<string> {
  found ??= find();
  return found;
}

async function find(): Promise<string> {
  const version = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const directory = join(root, 'node_modules/.cache', `nio-${version}`);
  const python = join(directory, 'bin/python');
  const complete = join(directory, 'complete');
  if (existsSync(complete)) return python;
  rmSync(directory, { recursive: true, force: true });
  const options = { timeout: INSTALLATION_MS };
  try {
    await run('python3', ['-m', 'venv', directory], options);
    const install = ['-m', 'pip', 'install', '--quiet', '--no-input', '--retries', '1', '--only-binary', ':all:'];
    await run(python, [...install, '--requirement', REQUIREMENTS], options);
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(`there is no matrix-nio here: ${lastLine(stderr) ?? message}`);
  }
  writeFileSync(complete, '');
  return python;
}

function lastLine(text: string | undefined): string | undefined {
  return text?.trim().split('\n').at(-1) || undefined;
}
