// https://spec.matrix.org/v1.19/client-server-api/#event-context
import * as v from 'valibot';
import { clientEvent } from '../answers.ts';
import type { Endpoint } from '../endpoint.ts';
import { limitOf } from '../page-query.ts';
import { roomToken } from '../room-token.ts';
import { inlineRoomEventFilter } from '../sync-filter.ts';

const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 100;

export const getEventContext: Endpoint = {
  operationId: 'getEventContext',
  method: 'GET',
  path: '/_matrix/client/v3/rooms/{roomId}/context/{eventId}',
  auth: 'user',
  guests: true,
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidcontexteventid',
  answer: v.strictObject({
    event: clientEvent,
    events_before: v.array(clientEvent),
    events_after: v.array(clientEvent),
    start: v.string(),
    end: v.string(),
    state: v.array(clientEvent),
  }),
  async handle(call) {
    const { env, by, query } = call;
    const filter = inlineRoomEventFilter(query.get('filter'));
    const context = await env.actors.room(call.param('roomId')).reading.context(by, {
      eventId: call.param('eventId'),
      limit: limitOf(query, LIMIT_DEFAULT, LIMIT_MAX, 0),
      filter,
      ignored: await env.actors.users(by.group).stream.ignoredUsers(by),
    });
    return {
      json: {
        event: context.event,
        events_before: context.before,
        events_after: context.after,
        start: roomToken(context.start),
        end: roomToken(context.end),
        state: context.state,
      },
    };
  },
};
