// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientversions
import * as v from 'valibot';
import type { Endpoint } from '../endpoint.ts';

// Every version by name: clients look for the exact string of the one that they need.
const VERSIONS = ['r0.6.1', ...Array.from({ length: 19 }, (_, n) => `v1.${n + 1}`)];

export const getVersions: Endpoint = {
  operationId: 'getVersions', method: 'GET', path: '/_matrix/client/versions', auth: 'none',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientversions',
  answer: v.strictObject({ versions: v.array(v.string()), unstable_features: v.record(v.string(), v.boolean()) }),
  async handle() {
    return { json: { versions: VERSIONS, unstable_features: { 'org.matrix.msc4222': true } } };
  },
};
