// https://spec.matrix.org/v1.19/client-server-api/#refreshing-access-tokens
import * as v from 'valibot';
import { unknownToken } from '../../spec/errors.ts';
import { groupOfOtherToken } from '../../spec/identifiers/access-token.ts';
import type { Endpoint } from '../endpoint.ts';
import { text } from '../shapes.ts';

export const refresh: Endpoint = {
  operationId: 'refresh',
  method: 'POST',
  path: '/_matrix/client/v3/refresh',
  auth: 'none',
  // Nothing can be guessed here, and everybody behind one network has to come back every few minutes.
  rateLimit: 'settings',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3refresh',
  answer: v.strictObject({ access_token: v.string(), refresh_token: v.string(), expires_in_ms: v.number() }),
  body: v.looseObject({ refresh_token: text }),
  maxBodyBytes: 4096,
  async handle({ env, body, groups }) {
    const token = body['refresh_token'] as string;
    const group = groupOfOtherToken('refresh', token);
    if (group === undefined || !(await groups.has(group))) throw unknownToken();
    const { accessToken, refreshToken, expiresInMs } = await env.actors.users(group).accounts.refreshSession(token);
    return { json: { access_token: accessToken, refresh_token: refreshToken, expires_in_ms: expiresInMs } };
  },
};
