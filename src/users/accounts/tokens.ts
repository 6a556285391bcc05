// Access tokens: 256 random bits, of which only a hash is kept. https://spec.matrix.org/v1.19/client-server-api/#client-authentication
import { createHash } from 'node:crypto';
import { unknownToken } from '../../spec/errors.ts';
import { accessTokenText } from '../../spec/identifiers/access-token.ts';
import { encodeBase64Url } from '../../spec/base64.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { DeviceStore } from './store/devices.ts';

export interface TokenOwner {
  readonly userId: string;
  readonly deviceId: string;
}

const CACHED = 10_000;

export class Tokens {
  readonly #env: ObjectEnv;
  readonly #devices: DeviceStore;
  readonly #group: number;
  /** By text. Whatever ends a token ends it here in the same turn. */
  readonly #known = new Map<string, TokenOwner>();

  constructor(env: ObjectEnv, devices: DeviceStore, group: number) {
    this.#env = env;
    this.#devices = devices;
    this.#group = group;
  }

  /** Makes a token for a device; called inside a transaction. */
  make(userId: string, deviceId: string): string {
    const token = accessTokenText(this.#group, encodeBase64Url(this.#env.random.bytes(32)));
    const { hash, digest } = hashed(token);
    this.#devices.insertToken(hash, digest, userId, deviceId);
    return token;
  }

  /** Throws 401 M_UNKNOWN_TOKEN. */
  owner(token: string): TokenOwner {
    const known = this.#known.get(token);
    if (known) return known;
    const { hash, digest } = hashed(token);
    const row = this.#devices.token(hash, digest);
    if (!row) throw unknownToken();
    const owner = { userId: row.user_id, deviceId: row.device_id };
    if (this.#known.size >= CACHED) this.#known.clear();
    this.#known.set(token, owner);
    return owner;
  }

  /** Forgets what is known of a device's tokens, after they were deleted. */
  forget(userId: string, deviceId: string): void {
    for (const [token, owner] of this.#known)
      if (owner.userId === userId && owner.deviceId === deviceId) this.#known.delete(token);
  }
}

function hashed(token: string): { readonly hash: number; readonly digest: Uint8Array } {
  const digest = createHash('sha256').update(token).digest();
  return { hash: digest.readUIntBE(0, 6), digest: new Uint8Array(digest) };
}
