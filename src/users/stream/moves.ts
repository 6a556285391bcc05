// What moved last, in the order of positions, so that a reader with a recent token looks at little.

const KEPT = 2048;

export class Moves<T> {
  readonly #kept: number;
  /** Every move after this position is known. */
  #from: number;
  readonly #ats: number[] = [];
  readonly #things: T[] = [];

  constructor(from: number, kept: number = KEPT) {
    this.#from = from;
    this.#kept = kept;
  }

  /** `at` is never smaller than at the call before. */
  add(thing: T, at: number): void {
    this.#ats.push(at);
    this.#things.push(thing);
    if (this.#ats.length < 2 * this.#kept) return;
    this.#from = this.#ats[this.#kept - 1]!;
    this.#ats.splice(0, this.#kept);
    this.#things.splice(0, this.#kept);
  }

  /** What moved after a position, each once; undefined if that is not known, or are more than `most` moves. */
  since(pos: number, most: number): Set<T> | undefined {
    if (pos < this.#from) return undefined;
    const moved = new Set<T>();
    for (let index = this.#ats.length - 1; index >= 0 && this.#ats[index]! > pos; index--) {
      if (this.#ats.length - index > most) return undefined;
      moved.add(this.#things[index]!);
    }
    return moved;
  }
}
