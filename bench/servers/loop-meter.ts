// How long a server's event loop stands still at most. Node only: elsewhere it is not known.
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 5000;

export class LoopMeter {
  readonly environment: Readonly<Record<string, string>>;
  readonly #file: string;

  /** `options`: further ones of Node's. */
  constructor(folder: string, options: readonly string[] = []) {
    this.#file = join(folder, 'loop');
    const meter = new URL('loop-meter.js', import.meta.url).href;
    this.environment = { NODE_OPTIONS: [`--import=${meter}`, ...options].join(' '), LOOP_METER: this.#file };
  }

  /** The longest stand-still in milliseconds since this was called before; NaN if the server does not say. */
  async take(child: ChildProcess): Promise<number> {
    rmSync(this.#file, { force: true });
    child.kill('SIGUSR2');
    const until = performance.now() + PATIENCE_MS;
    while (!existsSync(this.#file)) {
      if (performance.now() > until) return Number.NaN;
      await sleep(10);
    }
    return Number(readFileSync(this.#file, 'utf8'));
  }
}
