// Wakes who does the work of Servers objects: one run at a time for each shard, which begins what is due, and another run if it
// was woken meanwhile.
import type { Log } from '../../ports/log.ts';

export class RunnerLoop {
  readonly #run: ((shard: number) => Promise<void>) | undefined;
  readonly #settled: () => Promise<void>;
  readonly #log: Log;
  /** Shards that are worked on, and whether they were woken again. */
  readonly #running = new Map<number, { again: boolean }>();
  #stopped = false;

  /** `run` begins what is due; it is called when what was written before the wake-up is durable (`settled`). */
  constructor(run: ((shard: number) => Promise<void>) | undefined, settled: () => Promise<void>, log: Log) {
    this.#run = run;
    this.#settled = settled;
    this.#log = log;
  }

  wake(shard: number): void {
    if (this.#stopped || !this.#run) return;
    const running = this.#running.get(shard);
    if (running) running.again = true;
    else void this.#work(shard);
  }

  /** No further run begins. What is under way goes on until its next call. */
  stop(): void {
    this.#stopped = true;
  }

  async #work(shard: number): Promise<void> {
    const state = { again: true };
    this.#running.set(shard, state);
    try {
      while (state.again && !this.#stopped) {
        state.again = false;
        await this.#settled();
        if (!this.#stopped) await this.#run?.(shard);
      }
    } catch (error) {
      // The alarm of the object wakes again.
      if (!this.#stopped) this.#log.warn('the work on other servers broke off', { shard, error: String(error) });
    } finally {
      this.#running.delete(shard);
    }
  }
}
