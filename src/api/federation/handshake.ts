// What joining, leaving and knocking have in common: a template is asked for, and the event that was made of it is submitted.
// https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import * as v from 'valibot';
import { signersKeys } from '../../federation/signers-keys.ts';
import type { Handshake } from '../../ports/contracts/room-handshakes.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { ServerCall } from '../endpoint.ts';
import { roomOfPath } from './event-lists.ts';

/** Room versions that a server may name: more than there are. */
const VERSIONS_MAX = 100;

/** What is to become an event is held to what an event is by the room, which knows its version. */
export const submittedEvent = v.looseObject({});

export const templateAnswer = v.strictObject({
  room_version: v.string(),
  event: v.looseObject({
    type: v.literal('m.room.member'),
    sender: v.string(),
    state_key: v.string(),
    origin: v.string(),
    origin_server_ts: v.number(),
    content: v.looseObject({ membership: v.string() }),
    signatures: v.optional(v.never()),
    hashes: v.optional(v.never()),
  }),
});

/** Throws as `RoomHandshakes.template` does. */
export async function template(
  call: ServerCall,
  handshake: Handshake,
): Promise<{ readonly json: { readonly room_version: string; readonly event: JsonObject } }> {
  const wanted = {
    handshake,
    userId: call.param('userId'),
    versions: handshake === 'leave' ? undefined : versionsOf(call.query),
  };
  const { roomVersion, event } = await roomOfPath(call).handshakes.template(call.origin, wanted);
  return { json: { room_version: roomVersion, event } };
}

/** Throws as `RoomHandshakes.accept` does. */
export async function accept(
  call: ServerCall,
  handshake: Handshake,
): Promise<{ readonly event: string; readonly introduction: readonly string[] }> {
  const { handshakes } = roomOfPath(call);
  const keys = await signersKeys(call.federation, call.origin, call.body);
  return handshakes.accept(call.origin, handshake, call.param('eventId'), call.bodyText, keys);
}

/** "The room versions the sending server has support for. Defaults to [1]." */
function versionsOf(query: URLSearchParams): readonly string[] {
  const versions = query.getAll('ver').slice(0, VERSIONS_MAX);
  return versions.length === 0 ? ['1'] : versions;
}
