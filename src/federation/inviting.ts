// A user of ours invites a user elsewhere, whose server signs the invite too. https://spec.matrix.org/v1.19/server-server-api/#inviting-to-a-room
import { withSignaturesOf } from '../events/co-signature.ts';
import { signingKeyIds } from '../events/signatures.ts';
import type { Requester } from '../ports/contracts/requester.ts';
import type { MembershipChange } from '../ports/contracts/room.ts';
import { incompatibleRoomVersion, MatrixError, notFound } from '../spec/errors.ts';
import { serverOf } from '../spec/identifiers/user-id.ts';
import { isObject, member } from '../spec/json.ts';
import { readJson } from '../spec/strict-json.ts';
import { targetOf } from './client.ts';
import type { Federation } from './federation.ts';

const INVITE_MS = 20_000;

/**
 * Throws as `RoomWriting.changeMembership` does, what the other server says against it (403), and 502 M_UNKNOWN if it cannot
 * be reached or does not sign.
 */
export async function inviteElsewhere(
  federation: Federation,
  by: Requester,
  roomId: string,
  change: MembershipChange,
): Promise<void> {
  const { handshakes } = federation.env.actors.room(roomId);
  const drafted = await handshakes.draftInvite(by, change);
  if (drafted === undefined) return;
  const server = serverOf(change.target);
  const { eventId, event, introduction, roomVersion } = drafted;
  const answer = await federation.client.send({
    destination: server,
    method: 'PUT',
    target: targetOf(['_matrix', 'federation', 'v2', 'invite', roomId, eventId]),
    body: `{"event":${event},"invite_room_state":[${introduction.join(',')}],"room_version":${JSON.stringify(roomVersion)}}`,
    timeoutMs: INVITE_MS,
  });
  if (answer.kind === 'refused' && answer.status === 403) {
    const errcode = answer.errcode === 'M_INVITE_BLOCKED' ? 'M_INVITE_BLOCKED' : 'M_FORBIDDEN';
    throw new MatrixError(403, errcode, answer.message ?? 'The other server refuses the invite.');
  }
  if (answer.kind === 'refused' && answer.status === 404) throw notFound(answer.message ?? 'There is no such user.');
  if (answer.kind === 'refused' && answer.errcode === 'M_INCOMPATIBLE_ROOM_VERSION')
    throw incompatibleRoomVersion(roomVersion);
  const signed = answer.kind === 'ok' ? member(answer.json, 'event') : undefined;
  if (!isObject(signed)) throw new MatrixError(502, 'M_UNKNOWN', 'The server of the user could not be asked.');
  const keys = await federation.keyRing.gather([
    { serverName: server, keyIds: signingKeyIds(signed, server), at: at(event) },
  ]);
  await handshakes.completeInvite(by, change.target, eventId, withSignaturesOf(event, signed, server), keys);
}

function at(event: string): number {
  const { value } = readJson(event);
  const timestamp = isObject(value) ? member(value, 'origin_server_ts') : undefined;
  return typeof timestamp === 'number' ? timestamp : 0;
}
