// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3joined_rooms
import type { Endpoint } from '../endpoint.ts';

export const getJoinedRooms: Endpoint = {
  operationId: 'getJoinedRooms', method: 'GET', path: '/_matrix/client/v3/joined_rooms', auth: 'user',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3joined_rooms',
  async handle({ env, by }) {
    return { json: { joined_rooms: await env.actors.users(by.group).stream.joinedRooms(by) } };
  },
};
