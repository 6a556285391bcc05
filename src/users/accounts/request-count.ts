// Counting what each user asks for. It stands here because every request with a token asks this object whose token it is,
// wherever the front runs. https://spec.matrix.org/v1.19/client-server-api/#rate-limiting
import type { ObjectEnv } from '../../ports/object-env.ts';
import { limitExceeded } from '../../spec/errors.ts';
import { Buckets } from '../../spec/rate-limits/buckets.ts';
import type { RateLimitClass } from '../../spec/rate-limits/classes.ts';

export class RequestCount {
  readonly #env: Pick<ObjectEnv, 'settings' | 'clock'>;
  readonly #buckets = new Buckets();

  constructor(env: Pick<ObjectEnv, 'settings' | 'clock'>) {
    this.#env = env;
  }

  /** Throws 429 M_LIMIT_EXCEEDED when the user's allowance for the class is used up. */
  count(userId: string, name: RateLimitClass | undefined): void {
    const { rateLimits } = this.#env.settings;
    if (name === undefined || rateLimits === false) return;
    const allowance = rateLimits[name];
    const wait = allowance ? this.#buckets.take(`${name} ${userId}`, allowance, this.#env.clock.monotonic()) : 0;
    if (wait > 0) throw limitExceeded(wait);
  }
}
