// The events that relate to another. https://spec.matrix.org/v1.19/client-server-api/#relationships-api
import * as v from 'valibot';
import { clientEvent } from '../answers.ts';
import type { Endpoint } from '../endpoint.ts';
import { directionOf, flagOf, limitOf } from '../page-query.ts';
import { positionOf, roomToken } from '../room-token.ts';

const SPEC = 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidrelationseventid';
const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 500;

/** `more`: the parts of the path after the event id; `anchor`: the end of the section's name. */
function relating(operationId: string, more: readonly string[], anchor: string): Endpoint {
  return {
    operationId,
    method: 'GET',
    path: ['/_matrix/client/v1/rooms/{roomId}/relations/{eventId}', ...more.map((name) => `{${name}}`)].join('/'),
    auth: 'user',
    rateLimit: 'read',
    spec: `${SPEC}${anchor}`,
    answer: v.strictObject({
      chunk: v.array(clientEvent),
      next_batch: v.optional(v.string()),
      prev_batch: v.optional(v.string()),
      recursion_depth: v.optional(v.number()),
    }),
    async handle(call) {
      const { env, by, query } = call;
      const roomId = call.param('roomId');
      const from = await positionOf(call, roomId, query.get('from'));
      const page = await env.actors.room(roomId).reading.relations(by, {
        eventId: call.param('eventId'),
        relType: more.includes('relType') ? call.param('relType') : undefined,
        eventType: more.includes('eventType') ? call.param('eventType') : undefined,
        direction: directionOf(query, 'b'),
        from,
        to: await positionOf(call, roomId, query.get('to')),
        limit: limitOf(query, LIMIT_DEFAULT, LIMIT_MAX),
        recurse: flagOf(query, 'recurse'),
        ignored: await env.actors.users(by.group).stream.ignoredUsers(by),
      });
      return {
        json: {
          chunk: page.chunk,
          ...(page.next === undefined ? {} : { next_batch: roomToken(page.next) }),
          // Absent on the first page.
          ...(from === undefined ? {} : { prev_batch: roomToken(from) }),
          ...(page.depth === undefined ? {} : { recursion_depth: page.depth }),
        },
      };
    },
  };
}

export const relations: readonly Endpoint[] = [
  relating('getRelatingEvents', [], ''),
  relating('getRelatingEventsWithRelType', ['relType'], 'reltype'),
  relating('getRelatingEventsWithRelTypeAndEventType', ['relType', 'eventType'], 'reltypeeventtype'),
];
