// The index of auth chains in memory. Every row read is counted.
import type { AuthChainStore, IndexedEvent } from '../../../src/state/auth-chains/auth-chain-store.ts';

export class MemoryAuthChains implements AuthChainStore {
  readonly #events = new Map<number, IndexedEvent>();
  readonly #continued = new Set<number>();
  readonly #citing = new Map<number, number[]>();
  reads = 0;

  get(number: number): IndexedEvent | undefined {
    this.reads += 1;
    return this.#events.get(number);
  }

  many(numbers: readonly number[]): IndexedEvent[] {
    return numbers.flatMap((number) => this.get(number) ?? []);
  }

  put(event: IndexedEvent): void {
    this.#events.set(event.number, event);
    if (event.previous !== undefined) this.#continued.add(event.previous);
    for (const cited of event.auth) {
      const citing = this.#citing.get(cited) ?? [];
      citing.push(event.number);
      this.#citing.set(cited, citing);
    }
  }

  endsChain(number: number): boolean {
    return this.#events.has(number) && !this.#continued.has(number);
  }

  citing(target: number, below: number, limit: number): number[] {
    const found = (this.#citing.get(target) ?? []).filter((number) => number < below);
    const page = found.toSorted((a, b) => b - a).slice(0, limit);
    this.reads += page.length;
    return page;
  }
}
