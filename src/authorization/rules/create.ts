// Rule 1: m.room.create.
// https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules, https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules
import type { Pdu } from '../../events/pdu.ts';
import { roomVersion as recognised } from '../../events/room-versions.ts';
import { isUserId } from '../../spec/identifiers/user-id.ts';
import { member } from '../../spec/json.ts';
import { isSameServer } from '../same-server.ts';
import type { Situation } from '../situation.ts';
import type { Outcome } from '../verdict.ts';

/** Decides every create event, whatever state it meets. */
export function create({ event, version }: Situation): Outcome {
  if (event.type !== 'm.room.create') return 'continue';
  if (event.prevEvents.length > 0) return 'create-has-prev-events';
  if (version.roomIdIsCreateHash) {
    // The PDU's own `roomId` is derived from its hash; what may not be there is the member on the wire.
    if (Object.hasOwn(event.json, 'room_id')) return 'create-has-room-id';
  } else if (!isSameServer(event.roomId, event.sender)) {
    return 'create-room-id-of-another-server';
  }
  const roomVersion = member(event.content, 'room_version');
  if (roomVersion !== undefined && (typeof roomVersion !== 'string' || recognised(roomVersion) === undefined)) {
    return 'room-version-not-recognised';
  }
  if (!version.creatorIsSender && !Object.hasOwn(event.content, 'creator')) return 'create-without-creator';
  if (version.privilegedCreators && !hasValidAdditionalCreators(event)) return 'additional-creators-not-user-ids';
  return 'allow';
}

function hasValidAdditionalCreators(event: Pdu): boolean {
  const additional = member(event.content, 'additional_creators');
  if (additional === undefined) return true;
  return Array.isArray(additional) && additional.every((userId) => typeof userId === 'string' && isUserId(userId));
}
