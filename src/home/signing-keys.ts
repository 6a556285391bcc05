// The homeserver's own signing key. https://spec.matrix.org/v1.19/server-server-api/#retrieving-server-keys
import type { ObjectEnv } from '../ports/object-env.ts';
import { randomText } from './random-text.ts';
import { SigningKeyStore } from './store/signing-keys.ts';

const KEY_ID_CHARACTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

export class SigningKeys {
  readonly #env: ObjectEnv;
  readonly #store: SigningKeyStore;

  constructor(env: ObjectEnv) {
    this.#env = env;
    this.#store = new SigningKeyStore(env.sql, env.owner);
  }

  /** The newest key; the first call makes one. */
  current(): { readonly keyId: string; readonly seed: Uint8Array } {
    return this.#env.sql.transaction(() => {
      const row = this.#store.newest();
      if (row) return { keyId: row.key_id, seed: row.seed };
      const made = {
        keyId: `ed25519:${randomText(this.#env.random, KEY_ID_CHARACTERS, 6)}`,
        seed: this.#env.random.bytes(32),
      };
      this.#store.insert(made.keyId, made.seed, this.#env.clock.now());
      return made;
    });
  }
}
