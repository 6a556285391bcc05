// https://spec.matrix.org/v1.19/server-server-api/#querying-keys-through-another-server
import * as v from 'valibot';
import { NOTARY_SERVERS, notaryAnswers } from '../../federation/notary.ts';
import { invalidParam } from '../../spec/errors.ts';
import { isServerName } from '../../spec/identifiers/server-name.ts';
import { isObject, type Json, member } from '../../spec/json.ts';
import { anyAnswer } from '../answers.ts';
import type { Endpoint } from '../endpoint.ts';
import { wholeNumberOf } from '../query.ts';

const answer = v.strictObject({ server_keys: v.array(anyAnswer) });

/** Older servers name a key as well; which keys are told does not depend on it. */
export const perspectivesKeyQuery: Endpoint = {
  operationId: 'perspectivesKeyQuery',
  method: 'GET',
  path: '/_matrix/key/v2/query/{serverName}',
  alsoPaths: ['/_matrix/key/v2/query/{serverName}/{keyId}'],
  auth: 'none',
  rateLimit: 'search',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#get_matrixkeyv2queryservername',
  answer,
  async handle({ env, federation, param, query }) {
    const serverName = param('serverName');
    if (!isServerName(serverName)) throw invalidParam('This is not a server name.');
    const validUntil = wholeNumberOf(query, 'minimum_valid_until_ts') ?? env.clock.now();
    return { json: { server_keys: await notaryAnswers(federation, [{ serverName, validUntil }]) } };
  },
};

export const bulkPerspectivesKeyQuery: Endpoint = {
  operationId: 'bulkPerspectivesKeyQuery',
  method: 'POST',
  path: '/_matrix/key/v2/query',
  auth: 'none',
  rateLimit: 'search',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#post_matrixkeyv2query',
  body: v.looseObject({ server_keys: v.looseObject({}) }),
  answer,
  async handle({ env, federation, body }) {
    const wanted = member(body, 'server_keys');
    const servers = isObject(wanted) ? Object.entries(wanted) : [];
    if (servers.length > NOTARY_SERVERS) throw invalidParam(`At most ${NOTARY_SERVERS} servers can be asked about.`);
    const now = env.clock.now();
    const queries = servers.map(([serverName, keys]) => ({ serverName, validUntil: latestOf(keys) ?? now }));
    return { json: { server_keys: await notaryAnswers(federation, queries) } };
  },
};

/** The latest time that is asked for among the keys; undefined if none is. */
function latestOf(keys: Json | undefined): number | undefined {
  const times = (isObject(keys) ? Object.values(keys) : []).flatMap((criteria) => {
    const time = isObject(criteria) ? member(criteria, 'minimum_valid_until_ts') : undefined;
    return typeof time === 'number' ? [time] : [];
  });
  return times.length === 0 ? undefined : Math.max(...times);
}
