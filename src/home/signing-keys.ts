// The homeserver's own signing key. https://spec.matrix.org/v1.19/server-server-api/#retrieving-server-keys
import { signerFromSeed } from '../events/signing-key.ts';
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

  /** All keys there have been, the one that signs last. */
  published(): { readonly keyId: string; readonly publicKey: Uint8Array; readonly expiredTs: number | undefined }[] {
    this.current();
    const rows = this.#store.all();
    return rows.map(({ key_id: keyId, seed }, index) => ({
      keyId,
      publicKey: signerFromSeed(this.#env.settings.serverName, keyId, seed).publicKey,
      expiredTs: rows[index + 1]?.made_at,
    }));
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
