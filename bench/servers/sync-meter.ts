// Counts a server's syncs, and slows them down, by a library that is preloaded into it. Needs a C compiler; without one
// nothing is counted.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export class SyncMeter {
  readonly #count: string;
  readonly environment: Readonly<Record<string, string>>;

  private constructor(folder: string, library: string, delayMs: number) {
    this.#count = join(folder, 'sync-count');
    writeFileSync(this.#count, Buffer.alloc(8));
    this.environment = {
      LD_PRELOAD: library,
      SYNC_COUNT: this.#count,
      ...(delayMs > 0 ? { SYNC_DELAY_US: String(delayMs * 1000) } : {}),
    };
  }

  /** Undefined where there is no C compiler. */
  static make(folder: string, delayMs: number): SyncMeter | undefined {
    const library = join(folder, 'sync-meter.so');
    const source = fileURLToPath(new URL('./sync-meter.c', import.meta.url));
    const { status } = spawnSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl'], { stdio: 'ignore' });
    return status === 0 ? new SyncMeter(folder, library, delayMs) : undefined;
  }

  get count(): number {
    return Number(readFileSync(this.#count).readBigInt64LE());
  }
}
