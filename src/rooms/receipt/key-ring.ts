// The keys of other servers that the room was handed, in memory: whoever hands them over keeps them; and which count for an event.
// https://spec.matrix.org/v1.19/rooms/v5/#signing-key-validity-period
import type { Pdu } from '../../events/pdu.ts';
import type { RoomVersion } from '../../events/room-version.ts';
import type { VerifyKeys } from '../../events/signatures.ts';
import type { Signer } from '../../events/signing-key.ts';
import type { ServerKeys } from '../../ports/contracts/servers-keys.ts';
import { decodeBase64 } from '../../spec/base64.ts';
import { ED25519_KEY_BYTES } from '../../spec/limits.ts';
import { Bounded } from '../bounded.ts';
import type { KeysOf } from './signatures.ts';

const SERVERS_KEPT = 1000;

interface Key {
  readonly keyId: string;
  readonly bytes: Uint8Array;
  /** The last time, in milliseconds since the epoch, at which it signed. */
  readonly until: number;
}

export class KeyRing {
  readonly #servers: Bounded<string, readonly Key[]>;

  /** At least half as many servers are kept. */
  constructor(servers = SERVERS_KEPT) {
    this.#servers = new Bounded(servers);
  }

  learn({ serverName, keys }: ServerKeys): void {
    const good = keys.flatMap(({ keyId, key, validUntilTs, expiredTs }): Key[] => {
      const bytes = decodeBase64(key);
      return bytes?.length === ED25519_KEY_BYTES ? [{ keyId, bytes, until: validUntilTs ?? expiredTs ?? -1 }] : [];
    });
    this.#servers.set(serverName, good);
  }

  /** A server's keys that were good when an event says it was made, or any where the room version does not ask. */
  keysOf(serverName: string, pdu: Pdu, version: RoomVersion, own: Signer): VerifyKeys {
    if (serverName === own.serverName) return new Map([[own.keyId, own.publicKey]]);
    const keys = this.#servers.get(serverName) ?? [];
    const good = version.enforceKeyValidity ? keys.filter((key) => pdu.originServerTs <= key.until) : keys;
    return new Map(good.map(({ keyId, bytes }) => [keyId, bytes]));
  }
}

/** The same, of keys that came along with what they are for: none of them is forgotten. */
export function keysFor(version: RoomVersion, known: readonly ServerKeys[], own: Signer): KeysOf {
  const ring = new KeyRing(2 * known.length + 2);
  for (const server of known) ring.learn(server);
  return (serverName, pdu) => ring.keysOf(serverName, pdu, version, own);
}
