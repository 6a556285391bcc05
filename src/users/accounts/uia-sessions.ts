// User-interactive authentication sessions. https://spec.matrix.org/v1.19/client-server-api/#user-interactive-authentication-api
import { notFound } from '../../spec/errors.ts';
import { encodeBase64Url } from '../../spec/base64.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import { UiaStore } from './store/uia-sessions.ts';

const SESSION_MS = 15 * 60_000;
/** Anybody may open a session to register, so only the newest are kept; those of users are counted by themselves. */
const SESSIONS_KEPT = 10_000;
const SESSIONS_OF_USER = 20;

export class UiaSessions {
  readonly #env: ObjectEnv;
  readonly #store: UiaStore;
  #opened = 0;

  constructor(env: ObjectEnv) {
    this.#env = env;
    this.#store = new UiaStore(env.sql, env.owner);
  }

  open(operation: string, userId: string | undefined, body: JsonObject): { readonly session: string } {
    const session = `${this.#env.name}_${encodeBase64Url(this.#env.random.bytes(18))}`;
    this.#env.sql.transaction(() => {
      // Looking through all sessions costs more than one of them does.
      if (this.#opened++ % 100 === 0) {
        this.#store.dropEnded(this.#env.clock.now());
        this.#store.dropOldest(null, SESSIONS_KEPT);
      }
      if (userId !== undefined) this.#store.dropOldest(userId, SESSIONS_OF_USER - 1);
      this.#store.insert(session, operation, userId ?? null, JSON.stringify(body), this.#env.clock.now() + SESSION_MS);
    });
    return { session };
  }

  get(
    session: string,
    operation: string,
    userId: string | undefined,
  ): { readonly completed: readonly string[]; readonly body: JsonObject } | undefined {
    const row = this.#store.get(session, this.#env.clock.now());
    if (!row || row.operation !== operation || row.user_id !== (userId ?? null)) return undefined;
    return { completed: JSON.parse(row.completed) as string[], body: JSON.parse(row.body) as JsonObject };
  }

  of(session: string): { readonly completed: readonly string[]; readonly userId: string | undefined } | undefined {
    const row = this.#store.get(session, this.#env.clock.now());
    return row && { completed: JSON.parse(row.completed) as string[], userId: row.user_id ?? undefined };
  }

  complete(session: string, stage: string): { readonly completed: readonly string[] } {
    return this.#env.sql.transaction(() => {
      const row = this.#store.get(session, this.#env.clock.now());
      if (!row) throw notFound('There is no such authentication session.');
      const completed = [...new Set([...(JSON.parse(row.completed) as string[]), stage])];
      this.#store.complete(session, JSON.stringify(completed));
      return { completed };
    });
  }

  /** Ends all sessions of a user, inside a transaction: what was proven with an old password is proven no more. */
  endAll(userId: string): void {
    this.#store.endAll(userId);
  }

  end(session: string): boolean {
    return this.#env.sql.transaction(() => this.#store.end(session));
  }
}
