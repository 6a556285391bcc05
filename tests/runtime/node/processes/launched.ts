// The house of notes as a process.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';
import { atEnd } from '../opened.ts';

const MAIN = fileURLToPath(new URL('../notes-main.ts', import.meta.url));

export interface Launched {
  readonly child: ChildProcess;
  /** Where it listens; empty if it ended before it did. */
  readonly url: string;
  readonly output: () => string;
  readonly exitCode: () => Promise<number | null>;
}

/** Starts the process and waits until it listens or has ended. */
export async function launch(
  t: TestContext,
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Launched> {
  const child = spawn(process.execPath, [MAIN, '--port', '0', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { HEARTH_TEST: '1', ...environment },
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  let said = '';
  const listening = new Promise<string>((resolve) => {
    const note = (chunk: Buffer): void => {
      said += chunk.toString();
      const url = /on (http:\S+)/.exec(said)?.[1];
      if (url) resolve(url);
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    child.once('close', () => resolve(''));
  });
  atEnd(t, async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return { child, url: await listening, output: () => said, exitCode: () => exited };
}
