// https://spec.matrix.org/v1.19/client-server-api/#getwell-knownmatrixsupport
import * as v from 'valibot';
import { notFound } from '../../spec/errors.ts';
import type { Endpoint } from '../endpoint.ts';

const contactAnswer = v.strictObject({
  role: v.string(),
  matrix_id: v.optional(v.string()),
  email_address: v.optional(v.string()),
});

export const getWellknownSupport: Endpoint = {
  operationId: 'getWellknownSupport',
  method: 'GET',
  path: '/.well-known/matrix/support',
  auth: 'none',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#getwell-knownmatrixsupport',
  answer: v.strictObject({ contacts: v.optional(v.array(contactAnswer)), support_page: v.optional(v.string()) }),
  async handle({ env }) {
    const { contacts, page } = env.settings.support;
    if (contacts.length === 0 && page === undefined) throw notFound('Nobody is named who answers for this server.');
    const shown = contacts.map(({ role, matrixId, emailAddress }) => ({
      role,
      ...(matrixId === undefined ? {} : { matrix_id: matrixId }),
      ...(emailAddress === undefined ? {} : { email_address: emailAddress }),
    }));
    return {
      json: {
        ...(shown.length === 0 ? {} : { contacts: shown }),
        ...(page === undefined ? {} : { support_page: page }),
      },
    };
  },
};
