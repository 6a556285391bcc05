// Token buckets. A bucket is one number: the time at which it will be full again, so that nothing runs in the background
// and a full bucket need not be kept. https://spec.matrix.org/v1.19/client-server-api/#rate-limiting
import type { Allowance } from './allowances.ts';

/** So many who ask are remembered at once; of more, those who asked longest ago start anew. */
const MOST = 50_000;

export class Buckets {
  /** In the order of last use. */
  readonly #fullAt = new Map<string, number>();
  readonly #most: number;

  constructor(most = MOST) {
    this.#most = most;
  }

  get size(): number {
    return this.#fullAt.size;
  }

  /** Takes one; answers 0, or if there is none the milliseconds until there will be. `now` is of the monotonic clock. */
  take(key: string, allowance: Allowance, now: number): number {
    const each = 1000 / allowance.perSecond;
    const fullAt = Math.max(this.#fullAt.get(key) ?? now, now) + each;
    // What is missing to a full bucket is the time until it is full.
    const wait = fullAt - now - allowance.burst * each;
    // Fractions of a millisecond are the inexactness of the sums above.
    if (wait > 0.001) return wait;
    this.#fullAt.delete(key);
    this.#fullAt.set(key, fullAt);
    if (this.#fullAt.size > this.#most) this.#forgetOldest();
    return 0;
  }

  /** Puts back what was taken and not used after all. */
  giveBack(key: string, allowance: Allowance): void {
    const fullAt = this.#fullAt.get(key);
    if (fullAt !== undefined) this.#fullAt.set(key, fullAt - 1000 / allowance.perSecond);
  }

  #forgetOldest(): void {
    for (const key of this.#fullAt.keys()) {
      this.#fullAt.delete(key);
      return;
    }
  }
}
