// Our signing keys, as 32-byte Ed25519 seeds.
import type { Row, Sql } from '../../ports/sql.ts';

interface KeyRow extends Row {
  readonly key_id: string;
  readonly seed: Uint8Array;
}

export class SigningKeyStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  newest(): KeyRow | undefined {
    return this.#sql.first<KeyRow>(
      'SELECT key_id, seed FROM home_signing_keys WHERE owner = ? ORDER BY made_at DESC, key_id LIMIT 1',
      this.#owner,
    );
  }

  /** From the oldest on. */
  all(): (KeyRow & { readonly made_at: number })[] {
    return this.#sql.all<KeyRow & { made_at: number }>(
      'SELECT key_id, seed, made_at FROM home_signing_keys WHERE owner = ? ORDER BY made_at, key_id DESC',
      this.#owner,
    );
  }

  insert(keyId: string, seed: Uint8Array, madeAt: number): void {
    this.#sql.run(
      'INSERT INTO home_signing_keys (owner, key_id, seed, made_at) VALUES (?, ?, ?, ?)',
      this.#owner,
      keyId,
      seed,
      madeAt,
    );
  }
}
