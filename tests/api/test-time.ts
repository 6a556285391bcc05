// Time that a test moves. All servers of a world share it.
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/ports/clock.ts';

interface Waiting {
  readonly at: number;
  readonly then: () => void;
}

export class TestTime {
  #now = 0;
  readonly #timers = new Set<Waiting>();

  readonly clock: Clock = {
    now: () => 1_700_000_000_000 + this.#now,
    monotonic: () => this.#now,
    timer: (ms, then) => {
      // Only a turn for the others: that takes no time.
      if (ms === 0) return { cancel: clearImmediate.bind(undefined, setImmediate(then)) };
      const timer = { at: this.#now + ms, then };
      this.#timers.add(timer);
      return {
        cancel: () => {
          this.#timers.delete(timer);
        },
      };
    },
  };

  /** Lets time pass, and what is due in it happen. */
  async sleep(ms: number): Promise<void> {
    await this.settle();
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.then();
      await this.settle();
    }
    this.#now = until;
  }

  /** Lets everything that waits for nothing but other code go on. */
  async settle(): Promise<void> {
    for (let n = 0; n < 40; n++) await turn();
  }
}
