// Positions of the stream: each given out once, ever, also over restarts and over transactions that were undone.
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { StreamRows } from './store/stream-rows.ts';

/** Positions are reserved on disk in blocks, so that giving one out writes nothing. */
const BLOCK = 100_000;
/** The most that one transaction may take, unless it said how many. */
const MARGIN = 20_000;

export class Positions {
  readonly #env: ObjectEnv;
  readonly #rows: StreamRows;
  readonly epoch: number;
  #last: number;
  #reserved: number;

  constructor(env: ObjectEnv, rows: StreamRows) {
    this.#env = env;
    this.#rows = rows;
    const head = rows.head();
    this.epoch = head?.epoch ?? 1;
    this.#last = head?.reserved ?? 0;
    this.#reserved = this.#last;
  }

  /** The last position that was given out. */
  get last(): number {
    return this.#last;
  }

  /**
   * Must be called before a transaction that takes positions, outside of it: what it writes must not be undone with that.
   * `count` is how many it may take, if that may be more than usual.
   */
  prepare(count: number = MARGIN): void {
    if (this.#last + count <= this.#reserved) return;
    const reserved = this.#last + Math.max(BLOCK, count);
    this.#env.sql.transaction(() => {
      this.#rows.reserve(this.epoch, reserved);
    });
    this.#reserved = reserved;
  }

  take(): number {
    if (this.#last >= this.#reserved) throw new Error('the stream ran out of reserved positions');
    return ++this.#last;
  }
}
