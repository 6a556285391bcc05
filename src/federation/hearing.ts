// Who calls us can be called: what waits for a server that was left alone is sent when it is heard of.
import type { FrontEnv } from '../ports/front-env.ts';

/** A server that calls often is noted no oftener. */
const NOTED_EVERY_MS = 60_000;
const SERVERS_MAX = 10_000;

export class Hearing {
  readonly #env: Pick<FrontEnv, 'actors' | 'clock' | 'log'>;
  /** When servers were noted last, on the monotonic clock. */
  readonly #noted = new Map<string, number>();

  constructor(env: Pick<FrontEnv, 'actors' | 'clock' | 'log'>) {
    this.#env = env;
  }

  /** The server has signed a request. Waits for nothing. */
  heard(server: string): void {
    const now = this.#env.clock.monotonic();
    const before = this.#noted.get(server);
    if (before !== undefined && now - before < NOTED_EVERY_MS) return;
    if (this.#noted.size >= SERVERS_MAX) this.#noted.clear();
    this.#noted.set(server, now);
    const { outbound } = this.#env.actors.servers(server);
    outbound
      .heard(server)
      .catch((error: unknown) => this.#env.log.warn('a server was not noted as back', { error: String(error) }));
  }
}
