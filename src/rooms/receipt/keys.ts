// Which of a server's keys count for an event. https://spec.matrix.org/v1.19/rooms/v5/#signing-key-validity-period
import type { Pdu } from '../../events/pdu.ts';
import type { RoomVersion } from '../../events/room-version.ts';
import type { ServerKeys } from '../../ports/contracts/servers-keys.ts';
import { decodeBase64 } from '../../spec/base64.ts';
import type { KeysOf } from './signatures.ts';

/** From room version 5 on, the keys that were good at the event's time; before that all that are known. */
export function keysFor(pdu: Pdu, version: RoomVersion, known: readonly ServerKeys[]): KeysOf {
  return (serverName) => {
    const found = new Map<string, Uint8Array>();
    for (const server of known) {
      if (server.serverName !== serverName) continue;
      for (const { keyId, key, validUntilTs, expiredTs } of server.keys) {
        const bytes = decodeBase64(key);
        const until = Math.max(validUntilTs ?? 0, expiredTs ?? 0);
        if (bytes !== undefined && (!version.enforceKeyValidity || pdu.originServerTs <= until))
          found.set(keyId, bytes);
      }
    }
    return found.size === 0 ? undefined : found;
  };
}
