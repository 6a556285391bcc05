// Our user's event of a template that another server has made: only the references, the depth and who vouches are taken from it.
// https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import { buildEvent } from '../../events/build-event.ts';
import { newEventId } from '../../events/event-id.ts';
import type { Pdu } from '../../events/pdu.ts';
import type { RoomVersion } from '../../events/room-version.ts';
import { roomVersion } from '../../events/room-versions.ts';
import type { Signer } from '../../events/signing-key.ts';
import type { Handshake } from '../../ports/contracts/room-handshakes.ts';
import type { Profile } from '../../ports/contracts/room.ts';
import { incompatibleRoomVersion, invalidParam } from '../../spec/errors.ts';
import { isEventId } from '../../spec/identifiers/event-id.ts';
import { isUserId } from '../../spec/identifiers/user-id.ts';
import { isObject, member, type Json, type JsonObject } from '../../spec/json.ts';
import { AUTH_EVENTS, PREV_EVENTS } from '../../spec/limits.ts';
import { memberContent } from '../drafting/member-content.ts';
import type { RoomData } from '../room-data.ts';

export interface RemoteWish {
  readonly handshake: Handshake;
  readonly roomVersion: string;
  readonly template: JsonObject;
  readonly reason: string | undefined;
  readonly content: JsonObject;
}

/** Throws 400 M_INVALID_PARAM for a template that is not for this user, this room and this handshake. */
export function draftOfTemplate(
  data: RoomData,
  userId: string,
  wish: RemoteWish,
  profile: Profile | undefined,
  signer: Signer,
): Pdu {
  const version = roomVersion(wish.roomVersion);
  if (version === undefined) throw incompatibleRoomVersion(wish.roomVersion);
  const { template, handshake } = wish;
  demandFit(template, data.roomId, userId, handshake);
  const hashes = new Map<string, string>();
  const references = (name: string, most: number): string[] => referencesOf(template, name, most, version, hashes);
  const depth = member(template, 'depth');
  const isDepth = typeof depth === 'number' && Number.isInteger(depth) && depth >= 0 && depth <= version.depthMaximum;
  if (!isDepth) throw invalidParam('The template has no depth.');
  const { reason, content } = wish;
  const change = { target: userId, membership: handshake, operation: handshake, content };
  return buildEvent(
    {
      type: 'm.room.member',
      sender: userId,
      stateKey: userId,
      roomId: data.roomId,
      content: memberContent({ ...change, ...(reason === undefined ? {} : { reason }) }, profile, voucherOf(template)),
      prevEvents: references('prev_events', PREV_EVENTS),
      authEvents: references('auth_events', AUTH_EVENTS),
      depth,
      originServerTs: data.env.clock.now(),
      ...(version.eventId === 'carried'
        ? {
            eventId: newEventId(data.env.random.bytes(18), data.env.settings.serverName),
            referenceHashOf: (id: string) => hashes.get(id) ?? '',
          }
        : {}),
    },
    version,
    signer,
  );
}

function demandFit(template: JsonObject, roomId: string, userId: string, handshake: Handshake): void {
  const content = member(template, 'content');
  const membership = isObject(content) ? member(content, 'membership') : undefined;
  const fits =
    member(template, 'type') === 'm.room.member' &&
    member(template, 'room_id') === roomId &&
    member(template, 'sender') === userId &&
    member(template, 'state_key') === userId &&
    membership === handshake;
  if (!fits) throw invalidParam('The template is of another event.');
}

/** The user of the other server, or of a third, who vouches for a restricted join. */
function voucherOf(template: JsonObject): string | undefined {
  const content = member(template, 'content');
  const named = isObject(content) ? member(content, 'join_authorised_via_users_server') : undefined;
  if (named !== undefined && (typeof named !== 'string' || !isUserId(named)))
    throw invalidParam('The template names nobody who could vouch for the user.');
  return named;
}

function referencesOf(
  template: JsonObject,
  name: string,
  most: number,
  version: RoomVersion,
  hashes: Map<string, string>,
): string[] {
  const list = member(template, name);
  if (!Array.isArray(list) || list.length > most) throw invalidParam(`The template's ${name} are no list of events.`);
  return list.map((reference: Json) => {
    const [id, hash] = version.references === 'ids' ? [reference, ''] : pairOf(reference);
    if (typeof id !== 'string' || !isEventId(id) || typeof hash !== 'string')
      throw invalidParam(`The template's ${name} are no list of events.`);
    hashes.set(id, hash);
    return id;
  });
}

function pairOf(reference: Json): readonly (Json | undefined)[] {
  if (!Array.isArray(reference) || reference.length !== 2) return [];
  const [id, hash]: readonly Json[] = reference;
  return [id, hash !== undefined && isObject(hash) ? member(hash, 'sha256') : undefined];
}
