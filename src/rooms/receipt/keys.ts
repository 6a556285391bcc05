// Which of a server's keys count for an event. https://spec.matrix.org/v1.19/rooms/v5/#signing-key-validity-period
import type { RoomVersion } from '../../events/room-version.ts';
import type { Signer } from '../../events/signing-key.ts';
import type { ServerKeys } from '../../ports/contracts/servers-keys.ts';
import { decodeBase64 } from '../../spec/base64.ts';
import type { KeysOf } from './signatures.ts';

/** From room version 5 on, the keys that were good at the event's time; before that all that are known. With our own. */
export function keysFor(version: RoomVersion, known: readonly ServerKeys[], own: Signer): KeysOf {
  const servers = new Map(known.map((server) => [server.serverName, server.keys]));
  const ours = new Map([[own.keyId, own.publicKey]]);
  return (serverName, pdu) => {
    if (serverName === own.serverName) return ours;
    const found = new Map<string, Uint8Array>();
    for (const { keyId, key, validUntilTs, expiredTs } of servers.get(serverName) ?? []) {
      const bytes = decodeBase64(key);
      const until = Math.max(validUntilTs ?? 0, expiredTs ?? 0);
      if (bytes !== undefined && (!version.enforceKeyValidity || pdu.originServerTs <= until)) found.set(keyId, bytes);
    }
    return found.size === 0 ? undefined : found;
  };
}
