// Nonces of shared-secret registration: each good once, within a minute.
import type { ObjectEnv } from '../ports/object-env.ts';
import { NonceStore } from './store/nonces.ts';

const NONCE_MS = 60_000;

export class Nonces {
  readonly #env: ObjectEnv;
  readonly #store: NonceStore;

  constructor(env: ObjectEnv) {
    this.#env = env;
    this.#store = new NonceStore(env.sql, env.owner);
  }

  create(): string {
    const nonce = Buffer.from(this.#env.random.bytes(32)).toString('hex');
    this.#env.sql.transaction(() => this.#store.keep(nonce, this.#env.clock.now(), NONCE_MS));
    return nonce;
  }

  use(nonce: string): boolean {
    return this.#env.sql.transaction(() => this.#store.take(nonce, this.#env.clock.now()));
  }
}
