// The server's signing key, asked for once and kept in memory.
import type { ObjectEnv } from '../../ports/object-env.ts';

export interface SigningKey {
  readonly keyId: string;
  /** The 32-byte Ed25519 seed. */
  readonly seed: Uint8Array;
}

export class SigningKeys {
  readonly #env: ObjectEnv;
  #key: SigningKey | undefined;

  constructor(env: ObjectEnv) {
    this.#env = env;
  }

  /** Undefined until it has been gathered. */
  get key(): SigningKey | undefined {
    return this.#key;
  }

  async gather(): Promise<SigningKey> {
    this.#key ??= await this.#env.actors.home().signingKey();
    return this.#key;
  }
}
