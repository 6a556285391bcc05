// Our signing key, asked for once and kept in memory.
import { signerFromSeed, type Signer } from '../events/signing-key.ts';
import type { FrontEnv } from '../ports/front-env.ts';

export class OwnKey {
  readonly #env: Pick<FrontEnv, 'actors' | 'settings'>;
  #signer: Signer | undefined;

  constructor(env: Pick<FrontEnv, 'actors' | 'settings'>) {
    this.#env = env;
  }

  async signer(): Promise<Signer> {
    if (this.#signer === undefined) {
      const { keyId, seed } = await this.#env.actors.home().signingKey();
      this.#signer = signerFromSeed(this.#env.settings.serverName, keyId, seed);
    }
    return this.#signer;
  }
}
