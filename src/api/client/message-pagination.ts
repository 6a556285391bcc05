// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmessages
import * as v from 'valibot';
import { clientEvent } from '../answers.ts';
import { invalidParam } from '../../spec/errors.ts';
import type { Endpoint } from '../endpoint.ts';
import { limitOf } from '../query.ts';
import { positionOf, roomToken } from '../room-token.ts';
import { inlineRoomEventFilter } from '../sync-filter.ts';

const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 1000;

export const getRoomEvents: Endpoint = {
  operationId: 'getRoomEvents',
  method: 'GET',
  path: '/_matrix/client/v3/rooms/{roomId}/messages',
  auth: 'user',
  guests: true,
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmessages',
  answer: v.strictObject({
    chunk: v.array(clientEvent),
    start: v.string(),
    end: v.optional(v.string()),
    state: v.optional(v.array(clientEvent)),
  }),
  async handle(call) {
    const { env, by, query } = call;
    const roomId = call.param('roomId');
    const direction = query.get('dir');
    if (direction !== 'b' && direction !== 'f') {
      // Who may not read the room is told that, whatever else is wrong.
      await env.actors.room(roomId).lifecycle.checkReadable(by);
      throw invalidParam('dir must be b or f.');
    }
    const filter = inlineRoomEventFilter(query.get('filter'));
    const page = await env.actors.room(roomId).reading.messages(by, {
      direction,
      filter,
      limit: limitOf(query, {
        fallback: typeof filter['limit'] === 'number' ? filter['limit'] : LIMIT_DEFAULT,
        most: LIMIT_MAX,
      }),
      from: await positionOf(call, roomId, query.get('from')),
      to: await positionOf(call, roomId, query.get('to')),
      ignored: await env.actors.users(by.group).stream.ignoredUsers(by),
    });
    return {
      json: {
        chunk: page.chunk,
        start: roomToken(page.start),
        ...(page.end === undefined ? {} : { end: roomToken(page.end) }),
        ...(page.state.length === 0 ? {} : { state: page.state }),
      },
    };
  },
};
