// The bell where Users objects and the front share a process: a list of who waits for whom.
import type { Bell, Listener, Listening } from '../../ports/bell.ts';
import type { Durability } from '../../ports/durability.ts';

export class MemoryBell implements Bell, Listening {
  readonly #durability: Durability;
  readonly #waiting = new Map<string, Set<() => void>>();
  #pending = new Set<string>();

  constructor(durability: Durability) {
    this.#durability = durability;
  }

  /** How many listeners there are. */
  get listeners(): number {
    let count = 0;
    for (const set of this.#waiting.values()) count += set.size;
    return count;
  }

  ring(userIds: readonly string[]): void {
    const first = this.#pending.size === 0;
    for (const userId of userIds) if (this.#waiting.has(userId)) this.#pending.add(userId);
    if (!first || this.#pending.size === 0) return;
    // All rings of one turn are carried by one wait, begun when the turn's code has had its say.
    void Promise.resolve().then(async () => {
      const rung = this.#pending;
      this.#pending = new Set();
      // A turn that failed has made no news; waking is harmless then.
      await this.#durability.settled().catch(() => undefined);
      for (const userId of rung) this.#wake(userId);
    });
  }

  async listen(_group: number, userId: string): Promise<Listener> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let set = this.#waiting.get(userId);
    if (!set) this.#waiting.set(userId, (set = new Set()));
    set.add(resolve);
    return {
      rung: promise,
      close: () => {
        const now = this.#waiting.get(userId);
        now?.delete(resolve);
        if (now?.size === 0) this.#waiting.delete(userId);
      },
    };
  }

  #wake(userId: string): void {
    for (const resolve of this.#waiting.get(userId) ?? []) resolve();
  }
}
