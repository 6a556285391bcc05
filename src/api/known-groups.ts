// Which Users groups there are. A token or a session names its group, and a stranger can name any number: an object must not
// come to life for it.
import type { FrontEnv } from '../ports/front-env.ts';

/** A number that is not known makes us ask Home, but not for every request. */
const ASK_EVERY_MS = 1000;

export class KnownGroups {
  readonly #env: FrontEnv;
  #known: ReadonlySet<number> = new Set();
  #askedAt = -ASK_EVERY_MS;

  constructor(env: FrontEnv) {
    this.#env = env;
  }

  async has(group: number): Promise<boolean> {
    if (this.#known.has(group)) return true;
    const now = this.#env.clock.monotonic();
    if (now - this.#askedAt < ASK_EVERY_MS && this.#known.size > 0) return false;
    this.#askedAt = now;
    this.#known = new Set(await this.#env.actors.home().groups());
    return this.#known.has(group);
  }

  /** A group that was just opened. */
  add(group: number): void {
    this.#known = new Set([...this.#known, group]);
  }
}
