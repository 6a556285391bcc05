// What both ways of inviting have in common. https://spec.matrix.org/v1.19/server-server-api/#inviting-to-a-room
import { signersKeys } from '../../federation/signers-keys.ts';
import { lenientCanonicalJson } from '../../spec/canonical-json.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { ServerCall } from '../endpoint.ts';
import { roomOfPath } from './event-lists.ts';

/** The event with our signature, as JSON text. Throws as `RoomArrival.receiveInvite` does, and 403 M_FORBIDDEN for who is kept out. */
export async function receiveInvite(
  call: ServerCall,
  roomVersion: string,
  event: JsonObject,
  introduction: readonly string[],
): Promise<string> {
  const { origin, federation, param } = call;
  const { serving, arrival } = roomOfPath(call);
  await serving.checkAcl(origin);
  const keys = await signersKeys(federation, origin, event);
  // Numbers keep their spelling in it.
  const text = lenientCanonicalJson(event);
  return arrival.receiveInvite(origin, { eventId: param('eventId'), roomVersion, event: text, introduction, keys });
}
