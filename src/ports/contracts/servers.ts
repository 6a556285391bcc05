// Servers: what we know of a group of other servers, and what is to be done with them. It keeps and never fetches. The groups
// are shards by the hash of a server's name; how many there are is fixed for a runtime, since moving is not computed.
import type { ServersInbound } from './servers-inbound.ts';
import type { ServersKeys } from './servers-keys.ts';
import type { ServersOutbound } from './servers-outbound.ts';
import type { ServersWork } from './servers-work.ts';

export interface ServersContract {
  readonly keys: ServersKeys;
  readonly inbound: ServersInbound;
  readonly outbound: ServersOutbound;
  readonly work: ServersWork;
}

/** The shard, from 0 on, that a server belongs to. Names are compared whole, so the hash is of the whole name (FNV-1a). */
export function shardOf(serverName: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < serverName.length; at++) hash = Math.imul(hash ^ serverName.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % shards;
}
