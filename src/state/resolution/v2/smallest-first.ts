// A queue that gives the smallest first: a binary heap.

export class SmallestFirst<T> {
  readonly #compare: (one: T, other: T) => number;
  readonly #heap: T[] = [];

  constructor(compare: (one: T, other: T) => number) {
    this.#compare = compare;
  }

  add(item: T): void {
    const heap = this.#heap;
    let at = heap.push(item) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#swapIfSmaller(at, above)) return;
      at = above;
    }
  }

  take(): T | undefined {
    const heap = this.#heap;
    const smallest = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return smallest;
    heap[0] = last;
    let at = 0;
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let child = left;
      if (right < heap.length && this.#compare(heap[right]!, heap[left]!) < 0) child = right;
      if (child >= heap.length || !this.#swapIfSmaller(child, at)) return smallest;
      at = child;
    }
  }

  /** Exchanges the items if the one at `lower` is smaller than the one at `upper`. */
  #swapIfSmaller(lower: number, upper: number): boolean {
    const heap = this.#heap;
    const [one, other] = [heap[lower]!, heap[upper]!];
    if (this.#compare(one, other) >= 0) return false;
    heap[lower] = other;
    heap[upper] = one;
    return true;
  }
}
