// https://spec.matrix.org/v1.19/client-server-api/#voice-over-ip
import { emptyAnswer } from '../answers.ts';
import type { Endpoint } from '../endpoint.ts';

/** No relay is configured, and none can be yet: clients take an empty object for that. */
export const getTurnServer: Endpoint = {
  operationId: 'getTurnServer',
  method: 'GET',
  path: '/_matrix/client/v3/voip/turnServer',
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3voipturnserver',
  answer: emptyAnswer,
  async handle() {
    return { json: {} };
  },
};
