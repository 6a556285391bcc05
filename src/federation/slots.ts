// How much of a kind is under way at once. What takes long makes room for others, so that a hundred servers that hang hold nobody
// up for long; there is an end to that, too.
import type { Clock } from '../ports/clock.ts';

/** What is slower than this is no longer counted among the quick ones. */
const QUICK_MS = 3000;

export class Slots {
  readonly #clock: Clock;
  readonly #quick: number;
  readonly #most: number;
  #underWay = 0;
  #slow = 0;

  /** `quick` at once, and with the slow ones `most`. */
  constructor(clock: Clock, quick: number, most: number) {
    this.#clock = clock;
    this.#quick = quick;
    this.#most = most;
  }

  get free(): number {
    return Math.max(0, Math.min(this.#quick - (this.#underWay - this.#slow), this.#most - this.#underWay));
  }

  /** Takes a slot until the answer is called, which may be called again. `freed` is told if it turned out to be slow. */
  take(freed: () => void): () => void {
    this.#underWay += 1;
    let slow = false;
    let over = false;
    const timer = this.#clock.timer(QUICK_MS, () => {
      slow = true;
      this.#slow += 1;
      freed();
    });
    return () => {
      if (over) return;
      over = true;
      timer.cancel();
      this.#underWay -= 1;
      if (slow) this.#slow -= 1;
    };
  }
}
