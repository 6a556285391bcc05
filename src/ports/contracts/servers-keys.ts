// The keys of other servers. https://spec.matrix.org/v1.19/server-server-api/#retrieving-server-keys

/** What is known of a server's keys: the ones it published last, and older ones that it has ceased to publish. */
export interface ServerKeys {
  readonly serverName: string;
  readonly keys: readonly ServerKey[];
}

/**
 * A key signs events up to `validUntilTs` or `expiredTs`, whichever it has, both in milliseconds since the epoch. Only one
 * with `validUntilTs` signs requests.
 */
export interface ServerKey {
  /** `ed25519:` and a name. */
  readonly keyId: string;
  /** 32 bytes in unpadded base64. */
  readonly key: string;
  /** For `verify_keys`: the lesser of the server's `valid_until_ts` and seven days after we asked. */
  readonly validUntilTs?: number;
  /** For `old_verify_keys`: when it stopped signing. */
  readonly expiredTs?: number;
}

/** An answer of `GET /_matrix/key/v2/server` that was checked already. */
export interface KeyAnswer extends ServerKeys {
  /** As the server wrote it, for who asks us about it. */
  readonly text: string;
  readonly validUntilTs: number;
}

export interface ServersKeys {
  /** What is kept of a server's keys, however old. */
  known(serverName: string): Promise<ServerKeys | undefined>;
  /** The last answer of a server about itself, however old. */
  answer(serverName: string): Promise<Pick<KeyAnswer, 'text' | 'validUntilTs'> | undefined>;
  /**
   * Asks to fetch a server's keys: one at a time does, and not again at once. `fetch`: it is yours, and `store` or `failed`
   * ends it; forgotten after half a minute. `wait`: another is at it, or it was done lately: ask again after so long, if you
   * still need to. Nothing of this is durable.
   */
  claim(
    serverName: string,
  ): Promise<{ readonly kind: 'fetch' } | { readonly kind: 'under-way' | 'later'; readonly waitMs: number }>;
  /** Keeps what was fetched beside what was known before; answers all of it. */
  store(answer: KeyAnswer): Promise<ServerKeys>;
  /** It could not be had; the next claim comes later each time. */
  failed(serverName: string): Promise<void>;
}
