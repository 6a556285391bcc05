// Who may register while registration asks for a token. A use counts once a registration has succeeded; until then it is
// held, so that a token for one use cannot make two accounts at once.
// https://spec.matrix.org/v1.19/client-server-api/#token-authenticated-registration
import { forbidden, invalidParam } from '../spec/errors.ts';
import type { ObjectEnv } from '../ports/object-env.ts';
import { RegistrationTokenStore } from './store/registration-tokens.ts';
import { randomText } from './random-text.ts';

/** How long a registration may take, as long as its authentication session lasts. */
const HOLD_MS = 15 * 60_000;
const GRAMMAR = /^[A-Za-z0-9._~-]{1,64}$/;
const TOKEN_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export class RegistrationTokens {
  readonly #env: ObjectEnv;
  readonly #store: RegistrationTokenStore;

  constructor(env: ObjectEnv) {
    this.#env = env;
    this.#store = new RegistrationTokenStore(env.sql, env.owner);
  }

  create(token: string | undefined, usesAllowed: number | undefined, expiresAt: number | undefined): string {
    const text = token ?? randomText(this.#env.random, TOKEN_CHARACTERS, 16);
    if (!GRAMMAR.test(text)) throw invalidParam('A registration token has 1 to 64 of A-Z a-z 0-9 . _ ~ -');
    return this.#env.sql.transaction(() => {
      if (this.#store.get(text)) throw invalidParam('There is such a registration token already');
      this.#store.insert(text, usesAllowed ?? null, expiresAt ?? null);
      return text;
    });
  }

  valid(token: string): boolean {
    return this.#env.sql.transaction(() => this.#usable(token, ''));
  }

  hold(token: string, session: string): void {
    this.#env.sql.transaction(() => {
      // Those of registrations that nobody went on with.
      this.#store.dropEnded(this.#env.clock.now());
      if (!this.#usable(token, session)) throw forbidden('This registration token is not valid');
      this.#store.hold(token, session, this.#env.clock.now() + HOLD_MS);
    });
  }

  release(session: string, completed: boolean): void {
    this.#env.sql.transaction(() => {
      const token = this.#store.release(session);
      if (token !== undefined && completed) this.#store.countUse(token);
    });
  }

  #usable(token: string, session: string): boolean {
    const row = this.#store.get(token);
    const now = this.#env.clock.now();
    if (!row || (row.expires_at !== null && row.expires_at <= now)) return false;
    return row.uses_allowed === null || row.completed + this.#store.held(token, session, now) < row.uses_allowed;
  }
}
