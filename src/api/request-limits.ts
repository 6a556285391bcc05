// Counting what comes without a token, by the network that it comes from, and wrong passwords. What comes with a token is
// counted by its user's Users object, which is asked about the token anyway.
// https://spec.matrix.org/v1.19/client-server-api/#rate-limiting
import type { FrontEnv } from '../ports/front-env.ts';
import { limitExceeded } from '../spec/errors.ts';
import { IDENTIFIER_BYTES } from '../spec/limits.ts';
import {
  type Allowance,
  STRANGERS,
  WRONG_PASSWORDS,
  WRONG_PASSWORDS_FROM_ALL,
} from '../spec/rate-limits/allowances.ts';
import { Buckets } from '../spec/rate-limits/buckets.ts';
import type { RateLimitClass } from '../spec/rate-limits/classes.ts';
import type { Endpoint } from './endpoint.ts';
import { networkOf } from './network.ts';

/** The class to count a request in; undefined for none. */
export function classOf({ rateLimit }: Endpoint): RateLimitClass | undefined {
  return typeof rateLimit === 'string' ? rateLimit : undefined;
}

/** A check of a password that is under way. */
export interface PasswordAttempt {
  /** It was the right one, so nothing counts. */
  good(): void;
}

export class RequestLimits {
  readonly #env: Pick<FrontEnv, 'settings' | 'clock'>;
  readonly #requests = new Buckets();
  readonly #passwords = new Buckets();
  readonly #servers = new Buckets();

  constructor(env: Pick<FrontEnv, 'settings' | 'clock'>) {
    this.#env = env;
  }

  /** Counts a request that names no user. Throws 429 M_LIMIT_EXCEEDED. */
  count(endpoint: Endpoint, address: string): void {
    const name = classOf(endpoint);
    const { rateLimits } = this.#env.settings;
    if (name === undefined || rateLimits === false) return;
    const allowance = rateLimits[name];
    if (!allowance) return;
    const wait = this.#requests.take(`${name} ${networkOf(address)}`, allowance, this.#env.clock.monotonic());
    if (wait > 0) throw limitExceeded(wait);
  }

  /** Counts a request of another server, before it is known to be that server's. Throws 429 M_LIMIT_EXCEEDED. */
  countServer(endpoint: Endpoint, origin: string, address: string): void {
    const name = classOf(endpoint);
    const { rateLimits } = this.#env.settings;
    if (name === undefined || rateLimits === false) return;
    const allowance = rateLimits[name];
    // With the network in it, nobody empties another's bucket.
    if (allowance) this.#take(this.#servers, `${name} ${networkOf(address)} ${origin}`, allowance);
  }

  /** Counts a server that nothing is known of and that is going to be asked for its keys. Throws 429 M_LIMIT_EXCEEDED. */
  countStranger(address: string): void {
    if (this.#env.settings.rateLimits !== false) this.#take(this.#servers, `? ${networkOf(address)}`, STRANGERS);
  }

  #take(buckets: Buckets, key: string, allowance: Allowance): void {
    const wait = buckets.take(key, allowance, this.#env.clock.monotonic());
    if (wait > 0) throw limitExceeded(wait);
  }

  /**
   * To be asked before a password is hashed. It counts as wrong until it is told to be good, so that many at once do not
   * pass. The answer is the same whether there is such a user. Throws 429 M_LIMIT_EXCEEDED.
   */
  attempt(userId: string, address: string): PasswordAttempt {
    if (this.#env.settings.rateLimits === false) return { good: () => undefined };
    const account = userId.length > IDENTIFIER_BYTES ? '' : userId;
    const here = `${account} ${networkOf(address)}`;
    const now = this.#env.clock.monotonic();
    // What is refused here does not count there: one network alone shuts nobody out elsewhere.
    const wait = this.#passwords.take(here, WRONG_PASSWORDS, now);
    if (wait > 0) throw limitExceeded(wait);
    const waitForAll = this.#passwords.take(account, WRONG_PASSWORDS_FROM_ALL, now);
    if (waitForAll > 0) throw limitExceeded(waitForAll);
    return {
      good: () => {
        this.#passwords.giveBack(here, WRONG_PASSWORDS);
        this.#passwords.giveBack(account, WRONG_PASSWORDS_FROM_ALL);
      },
    };
  }
}
