// Password hashes by scrypt, in the form that Node's runtime writes too. The platform has no threads: hashing holds up
// the isolate of the front for its time, but no object.
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import type { Passwords } from '../../ports/passwords.ts';
import { decodeBase64, encodeBase64 } from '../../spec/base64.ts';

const HASH_BYTES = 32;
const SALT_BYTES = 16;
const BLOCK_SIZE = 8;
/** A stored hash that asks for more than this is none of ours. */
const MOST_COST = 2 ** 20;

export class ScryptPasswords implements Passwords {
  readonly #cost: number;

  /** `cost` is scrypt's N, a power of two; tests set it low. */
  constructor(cost: number) {
    this.#cost = cost;
  }

  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const hash = scrypt(password, salt, HASH_BYTES, this.#cost, BLOCK_SIZE, 1);
    return `scrypt$${this.#cost}$${BLOCK_SIZE}$1$${encodeBase64(salt)}$${encodeBase64(hash)}`;
  }

  async verify(password: string, hash: string): Promise<boolean> {
    const parts = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash);
    const cost = Number(parts?.[1]);
    const salt = decodeBase64(parts?.[4] ?? '');
    const expected = decodeBase64(parts?.[5] ?? '');
    if (!parts || !salt || !expected || expected.length < HASH_BYTES / 2 || cost > MOST_COST) {
      // As slow as for a real hash, so that the time tells nothing.
      await this.hash(password);
      return false;
    }
    return timingSafeEqual(scrypt(password, salt, expected.length, cost, Number(parts[2]), Number(parts[3])), expected);
  }
}

function scrypt(
  password: string,
  salt: Uint8Array,
  length: number,
  cost: number,
  blockSize: number,
  parallel: number,
): Uint8Array {
  return scryptSync(password, salt, length, { N: cost, r: blockSize, p: parallel, maxmem: 256 * cost * blockSize });
}
