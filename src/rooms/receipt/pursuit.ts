// What is being done to judge one event that was sent to us: what was asked of whom, and what is to be asked next.
import type { Answered } from '../../ports/contracts/room-receipt.ts';
import type { Staged } from './staging.ts';

/** Requests to other servers for one event. */
export const REQUESTS_MAX = 20;
/** Requests for missing events among them; then the state at the gap is asked for. */
export const MISSING_ROUNDS = 10;
/** A server that cannot be reached is asked so often for the same. */
const UNREACHED_MAX = 3;
/** And for its keys, without which its events are lost: over minutes, for it is asked less and less often. */
const KEYS_UNREACHED_MAX = 6;
/** A request that nobody reported on is taken for lost. */
const LOST_MS = 60_000;

/**
 * The state before an event as a server claims it: its ids, and those of them that are not here (yet). `chainLacks`: ids of its
 * auth chain that were not here when it was told.
 */
export interface Claim {
  readonly from: string;
  readonly ids: readonly string[];
  readonly remaining: Set<string>;
  readonly chainLacks: number;
}

export class Pursuit {
  /** The row of the event that was sent to us. */
  readonly rootId: number;
  missingRounds = 0;
  readonly claims = new Map<string, Claim>();
  /** Of claims that have not come to their end. */
  readonly pieces = new Map<string, { readonly ids: string[]; readonly authIds: string[] }>();
  readonly #tried = new Set<string>();
  readonly #unreached = new Map<string, number>();
  readonly #outstanding = new Map<string, number>();

  constructor(rootId: number) {
    this.rootId = rootId;
  }

  /** Whether asking this server for this is of no use any more. */
  isTried(what: string, from: string): boolean {
    return this.#tried.has(`${what} ${from}`);
  }

  /** Whether an answer to this is expected. */
  isOutstanding(what: string, now: number): boolean {
    const since = this.#outstanding.get(what);
    return since !== undefined && now - since < LOST_MS;
  }

  /** Whether the claimed state before an event is here as far as it can be had. */
  hasWholeClaim(eventId: string): boolean {
    return this.claims.get(eventId)?.remaining.size === 0;
  }

  /** Whether any answer is expected. */
  isUnderWay(now: number): boolean {
    return [...this.#outstanding.keys()].some((what) => this.isOutstanding(what, now));
  }

  asked(what: string, now: number): void {
    this.#outstanding.set(what, now);
  }

  answered(what: string, from: string, answered: Answered): void {
    this.#outstanding.delete(what);
    if (answered === 'not-asked') return;
    const name = `${what} ${from}`;
    const unreached = (this.#unreached.get(name) ?? 0) + 1;
    const most = what === asking.keys(from) ? KEYS_UNREACHED_MAX : UNREACHED_MAX;
    if (answered === 'unreachable' && unreached < most) this.#unreached.set(name, unreached);
    else this.#tried.add(name);
  }

  /** Who is to be asked next for something: of those not asked in vain, one who could be reached. */
  next(what: string, servers: readonly string[]): string | undefined {
    const left = servers.filter((server) => !this.isTried(what, server));
    return left.find((server) => !this.#unreached.has(`${what} ${server}`)) ?? left[0];
  }
}

/** The words by which requests are remembered. */
export const asking = {
  keys: (server: string): string => `keys ${server}`,
  missing: (staged: Pick<Staged, 'pdu'>): string => `missing ${staged.pdu.eventId}`,
  auth: (eventId: string): string => `auth ${eventId}`,
  stateIds: (eventId: string): string => `ids ${eventId}`,
  state: (eventId: string): string => `state ${eventId}`,
  event: (eventId: string): string => `event ${eventId}`,
};
