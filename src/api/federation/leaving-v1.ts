// https://spec.matrix.org/v1.19/server-server-api/#leaving-rooms-rejecting-invites
import type { Endpoint } from '../endpoint.ts';
import { template, templateAnswer } from './handshake.ts';

export const makeLeave: Endpoint = {
  operationId: 'makeLeave',
  method: 'GET',
  path: '/_matrix/federation/v1/make_leave/{roomId}/{userId}',
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_leaveroomiduserid',
  answer: templateAnswer,
  async handle(call) {
    return template(call, 'leave');
  },
};
