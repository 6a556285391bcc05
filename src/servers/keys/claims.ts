// Who fetches a server's keys, and when they may be fetched again. In memory: what is forgotten is asked for once more.
import type { Clock } from '../../ports/clock.ts';

/** So many servers are remembered; of more, those that were claimed longest ago are forgotten. */
const MOST = 10_000;
/** A fetch that has not ended by then never will. */
const FETCH_MS = 30_000;
/** What a server has published it need not be asked for again so soon, whatever key somebody says it has. */
const AFTER_SUCCESS_MS = 60_000;
const AFTER_FAILURE_MS = 10_000;
const LONGEST_MS = 3_600_000;
/** How long to wait for another's fetch before asking again. */
const POLL_MS = 250;

interface Claim {
  readonly underWay: boolean;
  /** On the monotonic clock: when the fetch is given up, or when the next may begin. */
  readonly until: number;
  readonly failures: number;
}

export class Claims {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** In the order of the last claim. */
  readonly #claims = new Map<string, Claim>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  claim(
    serverName: string,
  ): { readonly kind: 'fetch' } | { readonly kind: 'under-way' | 'later'; readonly waitMs: number } {
    const now = this.#clock.monotonic();
    const claim = this.#claims.get(serverName);
    if (claim !== undefined && claim.until > now)
      return claim.underWay
        ? { kind: 'under-way', waitMs: POLL_MS }
        : { kind: 'later', waitMs: Math.ceil(claim.until - now) };
    this.#set(serverName, { underWay: true, until: now + FETCH_MS, failures: claim?.failures ?? 0 });
    return { kind: 'fetch' };
  }

  succeeded(serverName: string): void {
    this.#set(serverName, { underWay: false, until: this.#clock.monotonic() + AFTER_SUCCESS_MS, failures: 0 });
  }

  failed(serverName: string): void {
    const failures = (this.#claims.get(serverName)?.failures ?? 0) + 1;
    const pause = Math.min(AFTER_FAILURE_MS * 2 ** (failures - 1), LONGEST_MS);
    this.#set(serverName, { underWay: false, until: this.#clock.monotonic() + pause, failures });
  }

  #set(serverName: string, claim: Claim): void {
    this.#claims.delete(serverName);
    this.#claims.set(serverName, claim);
    if (this.#claims.size <= MOST) return;
    for (const oldest of this.#claims.keys()) {
      this.#claims.delete(oldest);
      return;
    }
  }
}
