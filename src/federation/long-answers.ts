// Answers so long that few of them fit into memory at once: the state of a great room. Each server has one at a time.
import { limitExceeded } from '../spec/errors.ts';

/** The state of a room of 50,000 is 33 MB of text, and as much again while it is put together. */
const AT_ONCE = 4;
const WAITING_PER_SERVER = 20;
const WAITING = 200;
const COME_AGAIN_MS = 5000;

interface Waiting {
  readonly server: string;
  readonly begin: () => void;
}

export class LongAnswers {
  /** The servers that have one under way. */
  readonly #underWay = new Set<string>();
  readonly #waiting: Waiting[] = [];

  /** Does the work when it is the server's turn. Throws 429 M_LIMIT_EXCEEDED if too many wait already. */
  async run<T>(server: string, work: () => Promise<T>): Promise<T> {
    if (this.#underWay.has(server) || this.#underWay.size >= AT_ONCE) await this.#turn(server);
    else this.#underWay.add(server);
    try {
      return await work();
    } finally {
      this.#underWay.delete(server);
      this.#beginNext();
    }
  }

  #turn(server: string): Promise<void> {
    const own = this.#waiting.filter((waiting) => waiting.server === server).length;
    if (own >= WAITING_PER_SERVER || this.#waiting.length >= WAITING) throw limitExceeded(COME_AGAIN_MS);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ server, begin: resolve });
    return promise;
  }

  /** The first that waits and whose server has none under way. */
  #beginNext(): void {
    const index = this.#waiting.findIndex(({ server }) => !this.#underWay.has(server));
    if (index < 0 || this.#underWay.size >= AT_ONCE) return;
    const [next] = this.#waiting.splice(index, 1);
    if (next === undefined) return;
    this.#underWay.add(next.server);
    next.begin();
  }
}
