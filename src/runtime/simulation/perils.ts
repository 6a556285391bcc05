// Where a life may be ended: every call of a port is a point, before and after it does its work. A strike is set for the
// n-th point from now on, so that it falls inside an operation and not only between two steps of the scheduler.
import type { CrashKind } from './making.ts';
import type { Trace } from './trace.ts';

/** Whose port it is: it can be ended alone where objects die one by one, or all with it. */
export interface Victim {
  readonly name: string;
  /** Drops it from memory; without effect where all objects are one process. */
  abort(how: CrashKind): void;
}

export class Perils {
  readonly #trace: Trace;
  #left = 0;
  #strike: ((victim: Victim) => void) | undefined;
  /** How many strikes have fallen. */
  struck = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** Calls `strike` at the n-th point from now on; a strike that has not fallen yet is replaced. */
  strikeAfter(points: number, strike: (victim: Victim) => void): void {
    this.#left = points;
    this.#strike = strike;
  }

  /** No strike falls any more. */
  calm(): void {
    this.#strike = undefined;
  }

  /** A port is passed. The victim may be dead afterwards. */
  pass(victim: Victim, where: string): void {
    this.#trace.note(`  ${victim.name} ${where}`);
    const strike = this.#strike;
    if (!strike || --this.#left > 0) return;
    this.#strike = undefined;
    this.struck++;
    this.#trace.note(`  struck`);
    strike(victim);
  }
}
