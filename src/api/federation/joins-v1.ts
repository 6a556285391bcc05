// https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
import type { Endpoint } from '../endpoint.ts';
import { template, templateAnswer } from './handshake.ts';

export const makeJoin: Endpoint = {
  operationId: 'makeJoin',
  method: 'GET',
  path: '/_matrix/federation/v1/make_join/{roomId}/{userId}',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_joinroomiduserid',
  answer: templateAnswer,
  async handle(call) {
    return template(call, 'join');
  },
};
