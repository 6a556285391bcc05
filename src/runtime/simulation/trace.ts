// What happened, in order, as one hash: two runs of one seed must end with the same.
import { createHash, type Hash } from 'node:crypto';

/** How much of the end of a run is kept to be read. */
const LINES_KEPT = 400;

export class Trace {
  readonly #hash: Hash = createHash('sha256');
  readonly #lines: string[] = [];

  note(line: string): void {
    this.#hash.update(`${line}\n`);
    this.#lines.push(line);
    if (this.#lines.length > 2 * LINES_KEPT) this.#lines.splice(0, LINES_KEPT);
  }

  /** The hash so far. */
  digest(): string {
    return this.#hash.copy().digest('hex').slice(0, 16);
  }

  tail(): readonly string[] {
    return this.#lines.slice(-LINES_KEPT);
  }
}
