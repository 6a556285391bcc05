// The simulator's only source of order: one heap of (virtual time, seeded tie-break, sequence). One entry is taken, run, and
// everything that follows from it by promises alone is drained before the next, so that nothing else runs in between.
import { setImmediate as turn } from 'node:timers/promises';
import { withoutPlatform } from './poison.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { Trace } from './trace.ts';

interface Entry {
  readonly at: number;
  readonly tie: number;
  readonly sequence: number;
  readonly what: string;
  readonly run: () => void;
}

export class Scheduler {
  readonly #random: SeededRandom;
  readonly #trace: Trace;
  readonly #heap: Entry[] = [];
  #now = 0;
  #sequence = 0;
  steps = 0;
  /** By how much somebody has set the wall clock wrong. */
  wallShiftMs = 0;

  constructor(random: SeededRandom, trace: Trace) {
    this.#random = random;
    this.#trace = trace;
  }

  /** Virtual milliseconds since the run began. */
  get now(): number {
    return this.#now;
  }

  /** Runs something after `ms` virtual milliseconds; `what` names it in the trace. */
  after(ms: number, what: string, run: () => void): void {
    this.#push({
      at: this.#now + Math.max(0, ms),
      tie: this.#random.below(2 ** 20),
      sequence: this.#sequence++,
      what,
      run,
    });
  }

  /** Resolves after `ms` virtual milliseconds. */
  sleep(ms: number, what = 'sleep'): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, what, resolve);
    });
  }

  /** Runs without the platform until `done` says so, or nothing is left, or `stepsMax` steps were taken. Answers whether it is done. */
  run(done: () => boolean, stepsMax: number): Promise<boolean> {
    return withoutPlatform(() => this.#run(done, stepsMax));
  }

  async #run(done: () => boolean, stepsMax: number): Promise<boolean> {
    // What was begun before the run has its say before the first step.
    await turn();
    for (let n = 0; n < stepsMax; n++) {
      if (done()) return true;
      const entry = this.#pop();
      if (!entry) return done();
      this.#now = entry.at;
      this.steps++;
      this.#trace.note(`${entry.at.toFixed(3)} ${entry.what}`);
      entry.run();
      await turn();
    }
    return done();
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || !last) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function before(left: Entry, right: Entry): boolean {
  return (left.at - right.at || left.tie - right.tie || left.sequence - right.sequence) < 0;
}
