// https://spec.matrix.org/v1.19/client-server-api/#key-management-api
import { anyAnswer } from '../answers.ts';
import { LONG_BODY_BYTES } from '../body.ts';
import { breath } from '../../ports/clock.ts';
import type { QueriedKeys } from '../../ports/contracts/users-keys.ts';
import * as v from 'valibot';
import { badJson, invalidParam, missingParam } from '../../spec/errors.ts';
import { serverOf } from '../../spec/identifiers/user-id.ts';
import { isObject, type JsonObject } from '../../spec/json.ts';
import { splitToken } from '../../sync/owed.ts';
import type { Endpoint, UserCall } from '../endpoint.ts';
import { groupedByHome } from '../grouped.ts';
import { anyObject, optionalObject } from '../shapes.ts';

const QUERIED_MAX = 1000;
/** As many as take no long turn; their keys may be too large for one answer. */
const USERS_IN_CALL = 50;

export const uploadKeys: Endpoint = {
  operationId: 'uploadKeys',
  method: 'POST',
  path: '/_matrix/client/v3/keys/upload',
  auth: 'user',
  guests: true,
  maxBodyBytes: LONG_BODY_BYTES,
  rateLimit: 'keys',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysupload',
  answer: v.strictObject({ one_time_key_counts: v.record(v.string(), v.number()) }),
  body: v.looseObject({ device_keys: optionalObject, one_time_keys: optionalObject, fallback_keys: optionalObject }),
  emptyBody: true,
  integersOnly: true,
  async handle({ env, by, body }) {
    const {
      device_keys: deviceKeys,
      one_time_keys: oneTimeKeys,
      fallback_keys: fallbackKeys,
    } = body as { device_keys?: JsonObject; one_time_keys?: JsonObject; fallback_keys?: JsonObject };
    const counts = await env.actors.users(by.group).keys.uploadKeys(by, {
      ...(deviceKeys ? { deviceKeys } : {}),
      ...(oneTimeKeys ? { oneTimeKeys } : {}),
      ...(fallbackKeys ? { fallbackKeys } : {}),
    });
    return { json: { one_time_key_counts: Object.fromEntries(counts) } };
  },
};

export const queryKeys: Endpoint = {
  operationId: 'queryKeys',
  method: 'POST',
  path: '/_matrix/client/v3/keys/query',
  auth: 'user',
  guests: true,
  rateLimit: 'keys',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysquery',
  answer: v.strictObject({
    device_keys: anyAnswer,
    master_keys: anyAnswer,
    self_signing_keys: anyAnswer,
    user_signing_keys: anyAnswer,
    failures: anyAnswer,
  }),
  body: v.looseObject({ device_keys: anyObject, timeout: v.optional(v.number()) }),
  async handle(call) {
    const asked = Object.entries(call.body['device_keys'] as JsonObject).map(([userId, deviceIds]) => {
      if (!Array.isArray(deviceIds) || !deviceIds.every((id) => typeof id === 'string'))
        throw badJson('device_keys: expected lists of device ids.');
      return { userId, deviceIds: deviceIds as string[] };
    });
    if (asked.length > QUERIED_MAX) throw invalidParam(`At most ${QUERIED_MAX} users can be asked for at once.`);
    const groups = await groupedByHome(call, asked);
    const found = (await Promise.all(groups.map(([group, asked]) => queried(call, group, asked)))).flat();
    const of = (part: 'masterKey' | 'selfSigningKey' | 'userSigningKey') =>
      Object.fromEntries(found.flatMap((user) => (user[part] ? [[user.userId, user[part]] as const] : [])));
    return {
      json: {
        device_keys: Object.fromEntries(
          found.map(({ userId, devices }) => [
            userId,
            Object.fromEntries(devices.map(({ deviceId, keys }) => [deviceId, keys])),
          ]),
        ),
        master_keys: of('masterKey'),
        self_signing_keys: of('selfSigningKey'),
        user_signing_keys: of('userSigningKey'),
        failures: failures(
          call,
          asked.map(({ userId }) => userId),
        ),
      },
    };
  },
};

export const claimKeys: Endpoint = {
  operationId: 'claimKeys',
  method: 'POST',
  path: '/_matrix/client/v3/keys/claim',
  auth: 'user',
  guests: true,
  rateLimit: 'keys',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysclaim',
  answer: v.strictObject({ one_time_keys: anyAnswer, failures: anyAnswer }),
  body: v.looseObject({ one_time_keys: anyObject, timeout: v.optional(v.number()) }),
  async handle(call) {
    const asked = Object.entries(call.body['one_time_keys'] as JsonObject).flatMap(([userId, devices]) => {
      if (!isObject(devices)) throw badJson('one_time_keys: expected devices by user.');
      return Object.entries(devices).map(([deviceId, algorithm]) => {
        if (typeof algorithm !== 'string') throw badJson('one_time_keys: expected algorithms by device.');
        return { userId, deviceId, algorithm };
      });
    });
    if (asked.length > QUERIED_MAX) throw invalidParam(`At most ${QUERIED_MAX} keys can be claimed at once.`);
    const groups = await groupedByHome(call, asked);
    const claimed = (
      await Promise.all(groups.map(([group, asked]) => call.env.actors.users(group).keys.claimKeys(asked)))
    ).flat();
    const users = new Map<string, [string, JsonObject][]>();
    for (const { userId, deviceId, keyId, key } of claimed) {
      users.set(userId, [...(users.get(userId) ?? []), [deviceId, Object.fromEntries([[keyId, key]])]]);
    }
    const keys = Object.fromEntries([...users].map(([userId, devices]) => [userId, Object.fromEntries(devices)]));
    return {
      json: {
        one_time_keys: keys,
        failures: failures(
          call,
          asked.map(({ userId }) => userId),
        ),
      },
    };
  },
};

export const getKeysChanges: Endpoint = {
  operationId: 'getKeysChanges',
  method: 'GET',
  path: '/_matrix/client/v3/keys/changes',
  auth: 'user',
  rateLimit: 'keys',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3keyschanges',
  answer: v.strictObject({ changed: v.array(v.string()), left: v.array(v.string()) }),
  async handle({ env, by, query }) {
    const [from, to] = [query.get('from'), query.get('to')];
    if (from === null || to === null) throw missingParam('from and to are needed.');
    return {
      json: await env.actors
        .users(by.group)
        .stream.deviceListChanges(by, splitToken(from).stream, splitToken(to).stream),
    };
  },
};

/** A few at a time, and others in between. */
async function queried(
  { env, by }: UserCall,
  group: number,
  asked: readonly { readonly userId: string; readonly deviceIds: readonly string[] }[],
): Promise<readonly QueriedKeys[]> {
  const { keys } = env.actors.users(group);
  const found: QueriedKeys[] = [];
  while (found.length < asked.length) {
    if (found.length > 0) await breath(env.clock);
    found.push(...(await keys.queryKeys(by, asked.slice(found.length, found.length + USERS_IN_CALL))));
  }
  return found;
}

/** Users of other servers cannot be asked yet, which is said by server. */
function failures(call: UserCall, userIds: readonly string[]): JsonObject {
  const servers = new Set(
    userIds.map(serverOf).filter((server) => server !== '' && server !== call.env.settings.serverName),
  );
  return Object.fromEntries(
    [...servers].map((server) => [server, { errcode: 'M_UNKNOWN', error: 'This server does not federate yet.' }]),
  );
}
