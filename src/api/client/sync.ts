// https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3sync
import { syncAnswer } from '../answers.ts';
import type { PresenceState } from '../../ports/contracts/users-presence.ts';
import { assembleSync } from '../../sync/assembly.ts';
import { readSyncFilter } from '../../sync/filter.ts';
import { invalidParam, MatrixError } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { Endpoint, UserCall } from '../endpoint.ts';
import { flagOf, wholeNumberOf } from '../query.ts';
import { inlineFilter } from '../sync-filter.ts';

const PRESENCES = ['online', 'offline', 'unavailable'] as const satisfies readonly PresenceState[];

export const sync: Endpoint = {
  operationId: 'sync',
  method: 'GET',
  path: '/_matrix/client/v3/sync',
  auth: 'user',
  guests: true,
  rateLimit: 'sync',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3sync',
  answer: syncAnswer,
  async handle(call) {
    const { env, by, query, gone } = call;
    const named = query.get('set_presence') ?? 'online';
    const presence = PRESENCES.find((state) => state === named);
    if (presence === undefined) throw invalidParam('set_presence must be online, offline or unavailable.');
    const text = await assembleSync(env, {
      by,
      gone,
      setPresence: env.settings.presence ? presence : undefined,
      since: query.get('since') || undefined,
      timeoutMs: Math.min(wholeNumberOf(query, 'timeout') ?? 0, env.settings.syncTimeoutMs),
      fullState: flagOf(query, 'full_state'),
      stateAfter: flagOf(query, 'use_state_after')
        ? 'stable'
        : flagOf(query, 'org.matrix.msc4222.use_state_after')
          ? 'unstable'
          : undefined,
      filter: readSyncFilter(await filterOf(call)),
    });
    return { text };
  },
};

async function filterOf({ env, by, query }: UserCall): Promise<JsonObject> {
  const filter = query.get('filter');
  if (filter === null || filter === '') return {};
  if (filter.startsWith('{')) return inlineFilter(filter);
  return env.actors
    .users(by.group)
    .data.filter(by, filter)
    .catch((error: unknown) => {
      throw error instanceof MatrixError && error.status === 404 ? invalidParam('There is no such filter.') : error;
    });
}
