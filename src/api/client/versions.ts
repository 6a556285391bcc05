// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientversions
import * as v from 'valibot';
import type { Endpoint } from '../endpoint.ts';

// Every version by name, because clients look for the exact string of the one that they need; and only as far as what clients
// decide by them is there. v1.4 would promise threads and their receipts, and later ones what builds on these.
const VERSIONS = ['r0.6.1', 'v1.1', 'v1.2', 'v1.3'];

export const getVersions: Endpoint = {
  operationId: 'getVersions',
  method: 'GET',
  path: '/_matrix/client/versions',
  auth: 'none',
  rateLimit: { none: 'a fixed answer that clients ask for again and again' },
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientversions',
  answer: v.strictObject({ versions: v.array(v.string()), unstable_features: v.record(v.string(), v.boolean()) }),
  async handle() {
    return { json: { versions: VERSIONS, unstable_features: { 'org.matrix.msc4222': true } } };
  },
};
