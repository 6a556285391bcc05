// A value that only grows, and where in the stream it took its newest steps: what was it at an earlier position?

const KEPT = 64;

export class Steps {
  /** Position and value by turns: there are very many of these lists. */
  #pairs: number[] = [];

  add(pos: number, value: number): void {
    this.#pairs.push(pos, value);
    if (this.#pairs.length > 4 * KEPT) this.#pairs = this.#pairs.slice(-2 * KEPT);
  }

  clear(): void {
    this.#pairs = [];
  }

  /** The value at a position; undefined if no step at or before it is at hand. */
  at(pos: number): number | undefined {
    for (let index = this.#pairs.length - 2; index >= 0; index -= 2)
      if (this.#pairs[index]! <= pos) return this.#pairs[index + 1];
    return undefined;
  }
}
