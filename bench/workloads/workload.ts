// A workload: what is done to a server, and what is measured of it.
import type { Figures } from '../load/figures.ts';
import type { Measured } from '../servers/measured.ts';

export interface Workload {
  readonly name: string;
  readonly what: string;
  /** Milliseconds that each of the server's syncs takes longer. */
  readonly syncDelayMs?: number;
  /** Whether it talks to other servers; they are in the load's process. */
  readonly federates?: boolean;
  /** Makes what it needs on a server that was just started; the function that it answers is one run. */
  prepare(server: Measured): Promise<() => Promise<Figures>>;
}
