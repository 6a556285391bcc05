// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3joined_rooms
import * as v from 'valibot';
import type { Endpoint } from '../endpoint.ts';

export const getJoinedRooms: Endpoint = {
  operationId: 'getJoinedRooms',
  method: 'GET',
  path: '/_matrix/client/v3/joined_rooms',
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3joined_rooms',
  answer: v.strictObject({ joined_rooms: v.array(v.string()) }),
  async handle({ env, by }) {
    return { json: { joined_rooms: await env.actors.users(by.group).stream.joinedRooms(by) } };
  },
};
