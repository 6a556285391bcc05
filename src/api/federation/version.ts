// https://spec.matrix.org/v1.19/server-server-api/#server-implementation
import * as v from 'valibot';
import type { Endpoint } from '../endpoint.ts';

/** As in package.json; a test compares. */
export const HEARTH_VERSION = '0.1.0';

export const getServerVersion: Endpoint = {
  operationId: 'getVersion',
  method: 'GET',
  path: '/_matrix/federation/v1/version',
  auth: 'none',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1version',
  answer: v.strictObject({ server: v.strictObject({ name: v.string(), version: v.string() }) }),
  async handle() {
    return { json: { server: { name: 'Hearth', version: HEARTH_VERSION } } };
  },
};
