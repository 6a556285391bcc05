// https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3logout
import { emptyAnswer } from '../answers.ts';
import { EMPTY_REPLY, type Endpoint } from '../endpoint.ts';

export const logout: Endpoint = {
  operationId: 'logout',
  method: 'POST',
  path: '/_matrix/client/v3/logout',
  auth: 'user',
  rateLimit: { none: 'ending a session must always be possible' },
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3logout',
  answer: emptyAnswer,
  async handle({ env, by }) {
    await env.actors.users(by.group).accounts.logout(by);
    return EMPTY_REPLY;
  },
};

export const logoutAll: Endpoint = {
  operationId: 'logout_all',
  method: 'POST',
  path: '/_matrix/client/v3/logout/all',
  auth: 'user',
  rateLimit: { none: 'ending sessions must always be possible' },
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3logoutall',
  answer: emptyAnswer,
  async handle({ env, by }) {
    await env.actors.users(by.group).accounts.logoutAll(by);
    return EMPTY_REPLY;
  },
};
