// https://spec.matrix.org/v1.19/client-server-api/#room-upgrades
import * as v from 'valibot';
import { invalidParam, unsupportedRoomVersion } from '../../spec/errors.ts';
import { isRoomId } from '../../spec/identifiers/room-id.ts';
import { isUserId } from '../../spec/identifiers/user-id.ts';
import type { Endpoint } from '../endpoint.ts';
import { ROOM_VERSIONS_OFFERED } from '../room-versions-offered.ts';
import { text, texts } from '../shapes.ts';

const CREATORS_MAX = 100;
const shape = v.looseObject({ new_version: text, additional_creators: v.optional(texts) });

export const upgradeRoom: Endpoint = {
  operationId: 'upgradeRoom',
  method: 'POST',
  path: '/_matrix/client/v3/rooms/{roomId}/upgrade',
  auth: 'user',
  rateLimit: 'creation',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidupgrade',
  answer: v.strictObject({ replacement_room: v.string() }),
  body: shape,
  async handle(call) {
    const { env, by, body } = call;
    const request = body as v.InferOutput<typeof shape>;
    if (!ROOM_VERSIONS_OFFERED.includes(request.new_version)) throw unsupportedRoomVersion(request.new_version);
    const creators = request.additional_creators ?? [];
    if (creators.length > CREATORS_MAX || !creators.every(isUserId))
      throw invalidParam(`additional_creators are at most ${CREATORS_MAX} user ids.`);
    const roomId = call.param('roomId');
    if (!isRoomId(roomId)) throw invalidParam('This is not a room id.');
    const { roomId: newRoom } = await env.actors.room(roomId).lifecycle.upgrade(by, request.new_version, creators);
    return { json: { replacement_room: newRoom } };
  },
};
