// A room at a glance, for who looks into it without joining.
// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidinitialsync
import * as v from 'valibot';
import { clientEvent } from '../answers.ts';
import { isObject, type JsonObject } from '../../spec/json.ts';
import type { Endpoint } from '../endpoint.ts';
import { limitOf } from '../page-query.ts';
import { atAGlance, messagesChunk } from '../room-glance.ts';

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;

export const roomInitialSync: Endpoint = {
  operationId: 'roomInitialSync',
  method: 'GET',
  path: '/_matrix/client/v3/rooms/{roomId}/initialSync',
  auth: 'user',
  guests: true,
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidinitialsync',
  answer: v.strictObject({
    room_id: v.string(),
    membership: v.optional(v.string()),
    messages: messagesChunk,
    state: v.array(clientEvent),
  }),
  async handle(call) {
    const { env, by, query } = call;
    const roomId = call.param('roomId');
    const limit = limitOf(query, LIMIT_DEFAULT, LIMIT_MAX);
    const ignored = await env.actors.users(by.group).stream.ignoredUsers(by);
    const { messages, state } = await atAGlance(call, roomId, limit, ignored);
    const membership = membershipIn(state, by.userId);
    return { json: { room_id: roomId, ...(membership === undefined ? {} : { membership }), messages, state } };
  },
};

/** Undefined for who never had to do with the room. */
function membershipIn(state: readonly JsonObject[], userId: string): string | undefined {
  const own = state.find((event) => event['type'] === 'm.room.member' && event['state_key'] === userId);
  const content = own?.['content'];
  const membership = isObject(content) ? content['membership'] : undefined;
  return typeof membership === 'string' ? membership : undefined;
}
