// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3accountwhoami
import * as v from 'valibot';
import type { Endpoint } from '../endpoint.ts';

export const getTokenOwner: Endpoint = {
  operationId: 'getTokenOwner',
  method: 'GET',
  path: '/_matrix/client/v3/account/whoami',
  auth: 'user',
  guests: true,
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3accountwhoami',
  answer: v.strictObject({ user_id: v.string(), is_guest: v.boolean(), device_id: v.optional(v.string()) }),
  async handle({ by }) {
    return {
      json: {
        user_id: by.userId,
        is_guest: by.guest,
        ...(by.deviceId === undefined ? {} : { device_id: by.deviceId }),
      },
    };
  },
};
