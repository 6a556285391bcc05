// The server's signing key, asked for once and kept in memory.
import { signerFromSeed, type Signer } from '../../events/signing-key.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';

export class SigningKeys {
  readonly #env: ObjectEnv;
  #key: Signer | undefined;

  constructor(env: ObjectEnv) {
    this.#env = env;
  }

  /** Undefined until it has been gathered. */
  get key(): Signer | undefined {
    return this.#key;
  }

  async gather(): Promise<Signer> {
    if (this.#key === undefined) {
      const { keyId, seed } = await this.#env.actors.home().signingKey();
      this.#key = signerFromSeed(this.#env.settings.serverName, keyId, seed);
    }
    return this.#key;
  }
}
