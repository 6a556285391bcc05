// https://spec.matrix.org/v1.19/server-server-api/#publishing-keys
import * as v from 'valibot';
import { ownKeys } from '../../federation/own-keys.ts';
import { canonicalJson } from '../../spec/canonical-json.ts';
import { anyAnswer } from '../answers.ts';
import type { Endpoint } from '../endpoint.ts';

export const serverKeysAnswer = v.strictObject({
  server_name: v.string(),
  valid_until_ts: v.number(),
  verify_keys: v.record(v.string(), v.strictObject({ key: v.string() })),
  old_verify_keys: v.record(v.string(), v.strictObject({ key: v.string(), expired_ts: v.number() })),
  signatures: anyAnswer,
});

/** Older servers name a key; what they are told is the same. */
export const getServerKey: Endpoint = {
  operationId: 'getServerKey',
  method: 'GET',
  path: '/_matrix/key/v2/server',
  alsoPaths: ['/_matrix/key/v2/server/{keyId}'],
  auth: 'none',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#get_matrixkeyv2server',
  answer: serverKeysAnswer,
  async handle({ federation }) {
    // As it is signed, so that it verifies also for who only cuts the signatures out.
    return { text: canonicalJson(await ownKeys(federation)) };
  },
};
