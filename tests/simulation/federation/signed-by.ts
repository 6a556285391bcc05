// Who has signed what, by the keys that the servers of a world really have.
import type { Pdu } from '../../../src/events/pdu.ts';
import { roomVersion } from '../../../src/events/room-versions.ts';
import { verifyEvent } from '../../../src/events/verify-event.ts';
import { decodeBase64 } from '../../../src/spec/base64.ts';
import type { FederatedWorld } from './world.ts';

export type SignedBy = (event: Pdu, server: string, version: string) => boolean;

export async function signedBy(world: FederatedWorld): Promise<SignedBy> {
  const keys = new Map<string, Map<string, Uint8Array>>();
  for (const server of world.servers) {
    const { text } = await server.request('GET', '/_matrix/key/v2/server', new Map(), undefined);
    const published = JSON.parse(text) as { verify_keys: { [id: string]: { key: string } } };
    const own = Object.entries(published.verify_keys).map(([id, { key }]) => [id, decodeBase64(key)!] as const);
    keys.set(server.name, new Map(own));
  }
  if (world.hostile) keys.set(world.hostile.name, world.hostile.publicKeys());
  const known = new WeakMap<Pdu, Map<string, boolean>>();
  return (event, server, version) => {
    const verdicts = known.get(event) ?? new Map<string, boolean>();
    known.set(event, verdicts);
    const cached = verdicts.get(server);
    if (cached !== undefined) return cached;
    const own = keys.get(server);
    const verdict = own !== undefined && verifyEvent(event.json, roomVersion(version)!, server, own) === 'valid';
    verdicts.set(server, verdict);
    return verdict;
  };
}
