// Access tokens: 256 random bits, of which only a hash is kept. A session that can refresh its tokens has them in generations:
// the first use of one supersedes the generation before it. https://spec.matrix.org/v1.19/client-server-api/#refreshing-access-tokens
import { createHash } from 'node:crypto';
import { unknownToken } from '../../spec/errors.ts';
import { accessTokenText, otherTokenText } from '../../spec/identifiers/access-token.ts';
import { encodeBase64Url } from '../../spec/base64.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { DeviceStore } from './store/devices.ts';
import type { HashedToken, OtherTokenStore } from './store/other-tokens.ts';

export interface TokenOwner {
  readonly userId: string;
  readonly deviceId: string;
  /** How many logins the device has seen: a token of an earlier one has ended. */
  readonly session: number;
  /** Where the stream stood when the device was made: no other of its id has this. */
  readonly born: number;
  readonly expiresAt: number | undefined;
}

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInMs: number;
}

const CACHED = 10_000;
/** Requests that were on their way with the former access token still arrive. */
const SUPERSEDED_MS = 60_000;

export class Tokens {
  readonly #env: ObjectEnv;
  readonly #devices: DeviceStore;
  readonly #others: OtherTokenStore;
  readonly #group: number;
  /** By text. Whatever ends a token ends it here in the same turn. */
  readonly #known = new Map<string, TokenOwner>();

  constructor(env: ObjectEnv, devices: DeviceStore, others: OtherTokenStore) {
    this.#env = env;
    this.#devices = devices;
    this.#others = others;
    this.#group = Number(env.name);
  }

  /** Makes a token that does not expire; called inside a transaction. */
  make(userId: string, deviceId: string): string {
    const token = accessTokenText(this.#group, this.#secret());
    this.#devices.insertToken(hashed(token), userId, deviceId, null, null);
    return token;
  }

  /** Makes a pair of a generation; called inside a transaction. */
  makePair(userId: string, deviceId: string, generation: number): TokenPair {
    const accessToken = accessTokenText(this.#group, this.#secret());
    const refreshToken = otherTokenText('refresh', this.#group, this.#secret());
    const expiresInMs = this.#env.settings.accessTokenLifetimeMs;
    this.#devices.insertToken(hashed(accessToken), userId, deviceId, generation, this.#env.clock.now() + expiresInMs);
    this.#others.insert('refresh', hashed(refreshToken), { userId, deviceId }, generation, null);
    return { accessToken, refreshToken, expiresInMs };
  }

  /**
   * A new pair for a refresh token, which stays good until one of the pair is used: the answer may be lost. Throws 401
   * M_UNKNOWN_TOKEN, with `soft_logout` if the device is still there.
   */
  refresh(token: string): TokenPair {
    const row = this.#others.get('refresh', hashed(token));
    const device = row && this.#devices.get(row.user_id, row.device_id);
    if (!row || !device) throw unknownToken();
    const { user_id: userId, device_id: deviceId, generation } = row;
    if (generation < device.generation) throw unknownToken(true);
    const pair = this.#env.sql.transaction(() => {
      if (generation > device.generation) this.#supersede(userId, deviceId, generation);
      // Nobody has used what an earlier refresh with this token gave.
      this.#devices.keepGenerations(userId, deviceId, generation - 1, generation);
      this.#others.keepGenerations(userId, deviceId, generation - 1, generation);
      return this.makePair(userId, deviceId, generation + 1);
    });
    this.forget(userId, deviceId);
    return pair;
  }

  /** Throws 401 M_UNKNOWN_TOKEN, with `soft_logout` for one that has expired. */
  owner(token: string): TokenOwner {
    const owner = this.#known.get(token) ?? this.#find(token);
    if (owner.expiresAt !== undefined && owner.expiresAt <= this.#env.clock.now()) throw unknownToken(true);
    return owner;
  }

  /** Whose refresh token it is; undefined for none of ours. */
  ownerOfRefresh(token: string): string | undefined {
    return this.#others.get('refresh', hashed(token))?.user_id;
  }

  /** Forgets what is known of a device's tokens, after they were deleted. */
  forget(userId: string, deviceId: string): void {
    for (const [token, owner] of this.#known)
      if (owner.userId === userId && owner.deviceId === deviceId) this.#known.delete(token);
  }

  #find(token: string): TokenOwner {
    const row = this.#devices.token(hashed(token));
    const device = row && this.#devices.get(row.user_id, row.device_id);
    if (!row || !device) throw unknownToken();
    const { user_id: userId, device_id: deviceId, generation } = row;
    const expiresAt = row.expires_at ?? undefined;
    // An expired token is not used: it supersedes nothing.
    const isGood = expiresAt === undefined || expiresAt > this.#env.clock.now();
    if (isGood && generation !== null && generation > device.generation) {
      this.#env.sql.transaction(() => {
        this.#supersede(userId, deviceId, generation);
      });
      this.forget(userId, deviceId);
    }
    const owner = { userId, deviceId, session: device.session, born: device.born, expiresAt };
    if (this.#known.size >= CACHED) this.#known.clear();
    this.#known.set(token, owner);
    return owner;
  }

  /** A token of a generation is used for the first time. Of the one before it so much is kept that its reuse is known. */
  #supersede(userId: string, deviceId: string, generation: number): void {
    this.#devices.use(userId, deviceId, generation);
    this.#devices.expireBefore(userId, deviceId, generation, this.#env.clock.now() + SUPERSEDED_MS);
    this.#devices.keepGenerations(userId, deviceId, generation - 1, generation);
    this.#others.keepGenerations(userId, deviceId, generation - 1, generation);
  }

  #secret(): string {
    return encodeBase64Url(this.#env.random.bytes(32));
  }
}

export function hashed(token: string): HashedToken {
  const digest = createHash('sha256').update(token).digest();
  return { hash: digest.readUIntBE(0, 6), digest: new Uint8Array(digest) };
}
