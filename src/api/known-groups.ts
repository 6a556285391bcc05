// Which Users groups there are. A token or a session names its group, and a stranger can name any number: an object must not
// come to life for it.
import type { FrontEnv } from '../ports/front-env.ts';

/** A number that is not known makes us ask Home, but not for every request: within this time all wait for one question. */
const ASK_EVERY_MS = 1000;

export class KnownGroups {
  readonly #env: FrontEnv;
  #known: ReadonlySet<number> = new Set();
  #askedAt = -ASK_EVERY_MS;
  #asking: Promise<void> | undefined;

  constructor(env: FrontEnv) {
    this.#env = env;
  }

  async has(group: number): Promise<boolean> {
    if (this.#known.has(group)) return true;
    // Refusing at once would end the session of somebody whose group another front has opened a moment ago.
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    await this.#asking;
    return this.#known.has(group);
  }

  /** A group that was just opened. */
  add(group: number): void {
    this.#known = new Set([...this.#known, group]);
  }

  async #ask(): Promise<void> {
    const { clock, actors } = this.#env;
    const early = this.#askedAt + ASK_EVERY_MS - clock.monotonic();
    if (early > 0 && this.#known.size > 0)
      await new Promise<void>((resolve) => {
        clock.timer(early, resolve);
      });
    this.#askedAt = clock.monotonic();
    this.#known = new Set([...this.#known, ...(await actors.home().groups())]);
  }
}
