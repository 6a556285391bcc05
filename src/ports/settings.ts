// What an operator may set, as every object sees it. Read and checked once, by the runtime.
import type { Allowances } from '../spec/rate-limits/allowances.ts';

export interface Settings {
  readonly serverName: string;
  /** What clients are told as `m.homeserver.base_url`; undefined leaves it out. */
  readonly publicUrl: string | undefined;
  readonly defaultRoomVersion: string;
  readonly registration: 'closed' | 'token' | 'open';
  /** Enables `/_synapse/admin/v1/register`. */
  readonly registrationSharedSecret: string | undefined;
  /** How much one who asks may do, by class; false if nothing is counted. */
  readonly rateLimits: Allowances | false;
  /** How many accounts a Users group takes before a new one opens. */
  readonly groupSize: number;
  /** Longest time that a /sync waits, in milliseconds. */
  readonly syncTimeoutMs: number;
}
