// https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv1loginget_token
import * as v from 'valibot';
import type { Endpoint } from '../endpoint.ts';
import { auth } from '../shapes.ts';
import { withPassword } from '../uia.ts';

export const generateLoginToken: Endpoint = {
  operationId: 'generateLoginToken',
  method: 'POST',
  path: '/_matrix/client/v1/login/get_token',
  auth: 'user',
  rateLimit: 'account',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv1loginget_token',
  answer: v.strictObject({ login_token: v.string(), expires_in_ms: v.number() }),
  body: v.looseObject({ auth }),
  emptyBody: true,
  async handle(call) {
    await withPassword(call);
    const { token, expiresInMs } = await call.env.actors.users(call.by.group).accounts.createToken(call.by, 'login');
    return { json: { login_token: token, expires_in_ms: expiresInMs } };
  },
};
