// Which Users group a local user lives in: fixed for life, so what was learned stays true.
import type { ObjectEnv } from '../ports/object-env.ts';
import { Bounded } from './bounded.ts';

const KEPT = 10_000;

export class LocalGroups {
  readonly #env: ObjectEnv;
  readonly #groups = new Bounded<string, number>(KEPT);

  constructor(env: ObjectEnv) {
    this.#env = env;
  }

  isLocal(userId: string): boolean {
    const colon = userId.indexOf(':');
    return colon > 0 && userId.slice(colon + 1) === this.#env.settings.serverName;
  }

  learn(userId: string, group: number): void {
    this.#groups.set(userId, group);
  }

  /** What has been learned; undefined for users of other servers, or without an account. */
  known(userId: string): number | undefined {
    return this.#groups.get(userId);
  }

  /** Asks Home if need be. */
  async find(userId: string): Promise<number | undefined> {
    const known = this.#groups.get(userId);
    if (known !== undefined) return known;
    if (!this.isLocal(userId)) return undefined;
    const group = await this.#env.actors.home().groupOf(userId);
    if (group !== undefined) this.#groups.set(userId, group);
    return group;
  }
}
