// https://spec.matrix.org/v1.19/client-server-api/#room-summaries
import * as v from 'valibot';
import type { Endpoint } from '../endpoint.ts';
import { roomOf } from '../room-of.ts';

export const getRoomSummary: Endpoint = {
  operationId: 'getRoomSummary',
  method: 'GET',
  path: '/_matrix/client/v1/room_summary/{roomIdOrAlias}',
  // As it was called before it was specified.
  alsoPaths: ['/_matrix/client/unstable/im.nheko.summary/summary/{roomIdOrAlias}'],
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1room_summaryroomidoralias',
  answer: v.strictObject({
    room_id: v.string(),
    num_joined_members: v.number(),
    world_readable: v.boolean(),
    guest_can_join: v.boolean(),
    join_rule: v.string(),
    room_version: v.string(),
    name: v.optional(v.string()),
    topic: v.optional(v.string()),
    avatar_url: v.optional(v.string()),
    canonical_alias: v.optional(v.string()),
    room_type: v.optional(v.string()),
    encryption: v.optional(v.string()),
    allowed_room_ids: v.optional(v.array(v.string())),
    membership: v.optional(v.picklist(['invite', 'join', 'knock', 'leave', 'ban'])),
  }),
  async handle(call) {
    const { roomId } = await roomOf(call, call.param('roomIdOrAlias'));
    return { json: await call.env.actors.room(roomId).lifecycle.summary(call.by) };
  },
};
