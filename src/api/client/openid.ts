// https://spec.matrix.org/v1.19/client-server-api/#openid
import * as v from 'valibot';
import { forbidden } from '../../spec/errors.ts';
import type { Endpoint } from '../endpoint.ts';
import { nothing } from '../shapes.ts';

export const requestOpenIdToken: Endpoint = {
  operationId: 'requestOpenIdToken',
  method: 'POST',
  path: '/_matrix/client/v3/user/{userId}/openid/request_token',
  auth: 'user',
  rateLimit: 'settings',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3useruseridopenidrequest_token',
  answer: v.strictObject({
    access_token: v.string(),
    token_type: v.literal('Bearer'),
    matrix_server_name: v.string(),
    expires_in: v.number(),
  }),
  body: nothing,
  emptyBody: true,
  async handle(call) {
    const { env, by } = call;
    if (call.param('userId') !== by.userId) throw forbidden('This is another user.');
    const { token, expiresInMs } = await env.actors.users(by.group).accounts.createToken(by, 'openid');
    return {
      json: {
        access_token: token,
        token_type: 'Bearer',
        matrix_server_name: env.settings.serverName,
        expires_in: Math.floor(expiresInMs / 1000),
      },
    };
  },
};
