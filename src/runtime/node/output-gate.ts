// The output gate: what leaves waits until the log that it depends on is on the disk. One sync serves all that wait. Slow
// disks take two side by side, so a second one begins when the first takes long; a fast disk is asked less often without.
import type { Clock } from '../../ports/clock.ts';
import type { Durability } from '../../ports/durability.ts';
import type { TurnListener, Turns } from '../shared/turns.ts';

const MOST_SYNCS = 2;
/** How long a sync may take before a second one begins beside it. */
const PATIENCE_MS = 1;

export interface GateOptions {
  /** Makes everything that has been committed durable, off this thread. */
  readonly sync: () => Promise<void>;
  /** A sync failed: nothing that is read from now on can be trusted. Must end the process. */
  readonly syncFailed: (error: unknown) => void;
  readonly failpoint: (name: string) => void;
  readonly clock: Pick<Clock, 'monotonic' | 'timer'>;
  /** Calls `then` at the end of the event loop's turn. */
  readonly atEnd: (then: () => void) => void;
}

interface Waiter {
  readonly turn: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class OutputGate implements Durability, TurnListener {
  readonly #turns: Turns;
  readonly #options: GateOptions;
  readonly #waiters: Waiter[] = [];
  #underWay = 0;
  /** When the newest sync began, by the monotonic clock. */
  #began = 0;
  #patient = false;
  #asked = 0;
  #synced = 0;

  constructor(turns: Turns, options: GateOptions) {
    this.#turns = turns;
    this.#options = options;
    turns.listen(this);
  }

  /** The newest turn that would survive a power cut. */
  get durable(): number {
    return this.#synced;
  }

  /** Resolves once a turn, by default the newest, the open one included, is durable; rejects if that turn fails. */
  settled(upTo = this.#turns.newest): Promise<void> {
    const turn = Math.min(upTo, this.#turns.newest);
    if (turn <= this.#synced) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ turn, resolve, reject });
    });
  }

  /** Notes where an operation begins: see `settledSince`. */
  get failures(): number {
    return this.#turns.failures;
  }

  /**
   * As `settled`, for an operation that began when `failures` was read: rejects as well if any turn has failed since,
   * because the operation may have written in it.
   */
  async settledSince(failures: number, upTo?: number): Promise<void> {
    if (this.#turns.failures !== failures) throw new Error('a commit failed meanwhile');
    await this.settled(upTo);
  }

  committed(): void {
    this.#begin();
  }

  failed(turn: number, error: Error): void {
    const failed = this.#waiters.filter((waiter) => waiter.turn === turn);
    this.#keep((waiter) => waiter.turn !== turn);
    for (const waiter of failed) waiter.reject(error);
    this.#begin();
  }

  #begin(): void {
    const covers = this.#turns.committed;
    if (covers <= this.#asked || this.#underWay >= MOST_SYNCS) return;
    // An open turn is about to be committed, or to fail: the sync begins then, for it too.
    if (this.#turns.newest > covers) return;
    const now = this.#options.clock.monotonic();
    const left = this.#began + PATIENCE_MS - now;
    if (this.#underWay > 0 && left > 0) {
      this.#beginIn(left);
      return;
    }
    this.#began = now;
    this.#asked = covers;
    this.#underWay++;
    this.#options.failpoint('before-sync');
    this.#options
      .sync()
      .then(() => this.#done(covers))
      .catch(this.#options.syncFailed);
  }

  #beginIn(ms: number): void {
    if (this.#patient) return;
    this.#patient = true;
    this.#options.clock.timer(ms, () => {
      this.#patient = false;
      this.#begin();
    });
  }

  #done(covers: number): void {
    this.#options.failpoint('after-sync');
    this.#underWay--;
    this.#synced = Math.max(this.#synced, covers);
    this.#options.atEnd(() => this.#begin());
    const ready = this.#waiters.filter((waiter) => waiter.turn <= this.#synced);
    if (ready.length === 0) return;
    this.#keep((waiter) => waiter.turn > this.#synced);
    for (const waiter of ready) waiter.resolve();
  }

  #keep(wanted: (waiter: Waiter) => boolean): void {
    this.#waiters.splice(0, this.#waiters.length, ...this.#waiters.filter(wanted));
  }
}
