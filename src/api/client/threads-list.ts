// https://spec.matrix.org/v1.19/client-server-api/#querying-threads-in-a-room
import * as v from 'valibot';
import { clientEvent } from '../answers.ts';
import { invalidParam } from '../../spec/errors.ts';
import type { Endpoint } from '../endpoint.ts';
import { limitOf } from '../page-query.ts';
import { positionOf, roomToken } from '../room-token.ts';

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;

export const getThreadRoots: Endpoint = {
  operationId: 'getThreadRoots',
  method: 'GET',
  path: '/_matrix/client/v1/rooms/{roomId}/threads',
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidthreads',
  answer: v.strictObject({ chunk: v.array(clientEvent), next_batch: v.optional(v.string()) }),
  async handle(call) {
    const { env, by, query } = call;
    const roomId = call.param('roomId');
    const include = query.get('include') ?? 'all';
    if (include !== 'all' && include !== 'participated') throw invalidParam('include must be all or participated.');
    const page = await env.actors.room(roomId).reading.threads(by, {
      participated: include === 'participated',
      from: await positionOf(call, roomId, query.get('from')),
      limit: limitOf(query, LIMIT_DEFAULT, LIMIT_MAX),
      ignored: await env.actors.users(by.group).stream.ignoredUsers(by),
    });
    return {
      json: { chunk: page.chunk, ...(page.next === undefined ? {} : { next_batch: roomToken(page.next) }) },
    };
  },
};
