// https://spec.matrix.org/v1.19/server-server-api/#openid
import * as v from 'valibot';
import { missingToken, unknownToken } from '../../spec/errors.ts';
import { groupOfOtherToken } from '../../spec/identifiers/access-token.ts';
import type { Endpoint } from '../endpoint.ts';

/** For services that a user has given a token to; the token is all that it takes. */
export const exchangeOpenIdToken: Endpoint = {
  operationId: 'exchangeOpenIdToken',
  method: 'GET',
  path: '/_matrix/federation/v1/openid/userinfo',
  auth: 'none',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1openiduserinfo',
  answer: v.strictObject({ sub: v.string() }),
  async handle({ env, groups, query }) {
    const token = query.get('access_token');
    if (token === null || token === '') throw missingToken();
    const group = groupOfOtherToken('openid', token);
    const userId =
      group !== undefined && (await groups.has(group))
        ? await env.actors.users(group).accounts.openIdUser(token)
        : undefined;
    if (userId === undefined) throw unknownToken();
    return { json: { sub: userId } };
  },
};
