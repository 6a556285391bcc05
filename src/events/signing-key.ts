// Ed25519 over node:crypto, synchronously. https://spec.matrix.org/v1.19/appendices/#signing-details
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { encodeBase64 } from '../spec/base64.ts';
import { ED25519_KEY_BYTES, ED25519_SIGNATURE_BYTES } from '../spec/limits.ts';

/** Who signs, under which key id (`ed25519:name`), and how. */
export interface Signer {
  readonly serverName: string;
  readonly keyId: string;
  /** The 32 bytes that others verify with. */
  readonly publicKey: Uint8Array;
  /** The 64 bytes of the signature over `text` in UTF-8. */
  sign(text: string): Uint8Array;
}

// What stands before the 32 bytes of a key in its DER form (RFC 8410).
const PRIVATE_KEY_HEAD = [
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
const PUBLIC_KEY_HEAD = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const PUBLIC_KEYS_CACHED = 4096;

const ENCODER = new TextEncoder();
const publicKeys = new Map<string, KeyObject>();

/** A signer from the 32 bytes of an Ed25519 seed; throws `RangeError` for any other length. */
export function signerFromSeed(serverName: string, keyId: string, seed: Uint8Array): Signer {
  if (seed.length !== ED25519_KEY_BYTES) throw new RangeError('an Ed25519 seed has 32 bytes');
  const key = createPrivateKey({ key: der(PRIVATE_KEY_HEAD, seed), format: 'der', type: 'pkcs8' });
  const exported = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const publicKey = new Uint8Array(exported.subarray(exported.length - ED25519_KEY_BYTES));
  return { serverName, keyId, publicKey, sign: (text) => sign(null, ENCODER.encode(text), key) };
}

/**
 * Whether `signature` (64 bytes) over `text` in UTF-8 was made with the key of `publicKey` (32 bytes). Anything that is no
 * key or no signature verifies nothing.
 */
export function verifySignature(publicKey: Uint8Array, text: string, signature: Uint8Array): boolean {
  if (publicKey.length !== ED25519_KEY_BYTES || signature.length !== ED25519_SIGNATURE_BYTES) return false;
  try {
    return verify(null, ENCODER.encode(text), publicKeyObject(publicKey), signature);
  } catch {
    // A key that is no point of the curve is refused by some builds when it is used, not when it is read.
    return false;
  }
}

/** Making a key object takes as long as a good part of a verification, and a few keys sign nearly everything. */
function publicKeyObject(bytes: Uint8Array): KeyObject {
  const name = encodeBase64(bytes);
  const known = publicKeys.get(name);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: der(PUBLIC_KEY_HEAD, bytes), format: 'der', type: 'spki' });
  if (publicKeys.size >= PUBLIC_KEYS_CACHED) {
    for (const oldest of publicKeys.keys()) {
      publicKeys.delete(oldest);
      break;
    }
  }
  publicKeys.set(name, key);
  return key;
}

function der(head: readonly number[], key: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.from(head), key]);
}
