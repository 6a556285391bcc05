// Every version by name, because clients look for the exact string of the one that they need, and only as far as what clients
// decide by them is there (docs/decisions/0012-versions.md). The answer is the same for who has signed in.
// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientversions
import * as v from 'valibot';
import type { Endpoint } from '../endpoint.ts';

const VERSIONS = ['r0.6.1', 'v1.1', 'v1.2', 'v1.3', 'v1.4', 'v1.5', 'v1.6', 'v1.7', 'v1.8', 'v1.9', 'v1.10'];

/** What is there of later versions, by the names that clients ask for while the version itself is not listed. */
const UNSTABLE_FEATURES = {
  // /sync with state_after, also by the names of before v1.16.
  'org.matrix.msc4222': true,
  // Any field in a profile, at the paths of v1.16.
  'uk.tcpip.msc4133.stable': true,
  // Dehydrated devices, which are in no version yet.
  'org.matrix.msc3814': true,
  // The rooms that two share, at the path of v1.19.
  'uk.half-shot.msc2666.query_mutual_rooms.stable': true,
};

export const getVersions: Endpoint = {
  operationId: 'getVersions',
  method: 'GET',
  path: '/_matrix/client/versions',
  auth: 'none',
  rateLimit: { none: 'a fixed answer that clients ask for again and again' },
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientversions',
  answer: v.strictObject({ versions: v.array(v.string()), unstable_features: v.record(v.string(), v.boolean()) }),
  async handle() {
    return { json: { versions: VERSIONS, unstable_features: UNSTABLE_FEATURES } };
  },
};
