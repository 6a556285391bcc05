// One kind of work among those that a runner leases. Another kind is another queue, and a member of `Work`.
import type { Work } from '../../ports/contracts/servers-work.ts';

/** After so long what was leased is due again. Longer than anything that a runner does may take. */
export const LEASE_MS = 120_000;

export interface WorkQueue {
  /** Inside a commit: what is due at `now`, leased until `LEASE_MS` later. */
  lease(most: number, now: number): readonly Work[];
  /** When the next is due; undefined if there is none. */
  earliest(): number | undefined;
}
