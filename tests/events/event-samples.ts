// Events for tests to take apart.
import type { EventDraft } from '../../src/events/build-event.ts';
import { buildEvent } from '../../src/events/build-event.ts';
import type { Pdu } from '../../src/events/pdu.ts';
import { ROOM_VERSIONS } from '../../src/events/room-versions.ts';
import type { RoomVersion } from '../../src/events/room-version.ts';
import { signerFromSeed } from '../../src/events/signing-key.ts';
import type { JsonObject } from '../../src/spec/json.ts';

export const signer = signerFromSeed('hs1', 'ed25519:a', new Uint8Array(32).fill(1));
export const otherSigner = signerFromSeed('hs2', 'ed25519:b', new Uint8Array(32).fill(2));
export const keys: ReadonlyMap<string, Uint8Array> = new Map([[signer.keyId, signer.publicKey]]);

export function versionOf(id: string): RoomVersion {
  const version = ROOM_VERSIONS.find((candidate) => candidate.id === id);
  if (version === undefined) throw new Error(`no room version ${id}`);
  return version;
}

/** A draft that is good in every room version. */
export function draft(version: RoomVersion, changes: Partial<EventDraft> = {}): EventDraft {
  return {
    type: 'm.room.message',
    sender: '@alice:hs1',
    roomId: version.roomIdIsCreateHash ? `!${'r'.repeat(43)}` : '!room:hs1',
    content: { body: 'Hello', msgtype: 'm.text' },
    prevEvents: ['$prev:hs1'],
    authEvents: ['$auth:hs1', '$other:hs1'],
    depth: 7,
    originServerTs: 1_700_000_000_000,
    eventId: '$event:hs1',
    referenceHashOf: () => 'aGFzaA',
    ...changes,
  };
}

export function build(version: RoomVersion, changes: Partial<EventDraft> = {}): Pdu {
  return buildEvent(draft(version, changes), version, signer);
}

/** The federation format of a good event with some members replaced; undefined takes a member away. */
export function wire(version: RoomVersion, changes: JsonObject = {}): JsonObject {
  return Object.fromEntries(
    Object.entries({ ...build(version).json, ...changes }).filter(([, value]) => value !== undefined),
  );
}
