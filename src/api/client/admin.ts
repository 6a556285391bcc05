// Locking and suspending accounts, for administrators, and where an account was used. https://spec.matrix.org/v1.19/client-server-api/#server-administration
import * as v from 'valibot';
import type { Device, Standing } from '../../ports/contracts/users-accounts.ts';
import { forbidden, invalidParam, notFound } from '../../spec/errors.ts';
import { isUserId, serverOf } from '../../spec/identifiers/user-id.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { Endpoint, UserCall } from '../endpoint.ts';

type Flag = 'locked' | 'suspended';

const SPEC = 'https://spec.matrix.org/v1.19/client-server-api/';

function flagEndpoints(flag: Flag, name: 'lock' | 'suspend', ids: readonly [get: string, put: string]): Endpoint[] {
  const shared = {
    path: `/_matrix/client/v1/admin/${name}/{userId}`,
    auth: 'user',
    answer: v.strictObject({ [flag]: v.boolean() }),
  } as const;
  return [
    {
      ...shared,
      operationId: ids[0],
      method: 'GET',
      rateLimit: 'read',
      spec: `${SPEC}#get_matrixclientv1admin${name}userid`,
      async handle(call: UserCall) {
        return { json: { [flag]: (await target(call)).standing[flag] } };
      },
    },
    {
      ...shared,
      operationId: ids[1],
      method: 'PUT',
      rateLimit: 'admin',
      spec: `${SPEC}#put_matrixclientv1admin${name}userid`,
      body: v.looseObject({ [flag]: v.boolean() }),
      async handle(call: UserCall) {
        const { userId, group } = await target(call);
        const wanted = call.body[flag] === true;
        const standing = await call.env.actors.users(group).accounts.setStanding(userId, { [flag]: wanted });
        return { json: { [flag]: standing[flag] } };
      },
    },
  ];
}

/** For oneself and for administrators. */
const getWhoIs: Endpoint = {
  operationId: 'getWhoIs',
  method: 'GET',
  path: '/_matrix/client/v3/admin/whois/{userId}',
  auth: 'user',
  rateLimit: 'read',
  spec: `${SPEC}#get_matrixclientv3adminwhoisuserid`,
  answer: v.strictObject({
    user_id: v.string(),
    devices: v.record(
      v.string(),
      v.strictObject({
        sessions: v.array(
          v.strictObject({
            connections: v.array(
              v.strictObject({ ip: v.string(), last_seen: v.number(), user_agent: v.optional(v.string()) }),
            ),
          }),
        ),
      }),
    ),
  }),
  async handle(call) {
    const { env, by } = call;
    const userId = call.param('userId');
    const group = userId === by.userId ? by.group : await groupOfAnother(call, userId);
    const devices = await env.actors.users(group).accounts.devices({ userId, deviceId: undefined, group });
    // A device has one session at a time, of which the last connection is known.
    const sessions = devices.map((device) => [device.deviceId, { sessions: [{ connections: connections(device) }] }]);
    return { json: { user_id: userId, devices: Object.fromEntries(sessions) as JsonObject } };
  },
};

function connections({ lastSeenIp: ip, lastSeenTs, userAgent }: Device): JsonObject[] {
  if (ip === undefined || lastSeenTs === undefined) return [];
  return [{ ip, last_seen: lastSeenTs, ...(userAgent === undefined ? {} : { user_agent: userAgent }) }];
}

async function groupOfAnother({ env, by }: UserCall, userId: string): Promise<number> {
  demandAdministrator(by);
  demandOurs(env.settings.serverName, userId);
  const group = await env.actors.home().groupOf(userId);
  if (group === undefined) throw notFound('There is no such account.');
  return group;
}

function demandAdministrator(by: UserCall['by']): void {
  if (!by.admin) throw forbidden('Only administrators of this server may do that.');
}

function demandOurs(serverName: string, userId: string): void {
  if (!isUserId(userId) || serverOf(userId) !== serverName)
    throw invalidParam('The user does not belong to this server.');
}

/** Whether the caller may is settled before anything is looked up: others learn nothing of who has an account. */
async function target(
  call: UserCall,
): Promise<{ readonly userId: string; readonly group: number; readonly standing: Standing }> {
  const { env, by } = call;
  demandAdministrator(by);
  const userId = call.param('userId');
  demandOurs(env.settings.serverName, userId);
  const group = await env.actors.home().groupOf(userId);
  const standing = group === undefined ? undefined : await env.actors.users(group).accounts.standing(userId);
  if (group === undefined || !standing || standing.deactivated) throw notFound('There is no such account.');
  if (standing.admin) throw forbidden('This is an administrator.');
  return { userId, group, standing };
}

export const accountModeration: readonly Endpoint[] = [
  getWhoIs,
  ...flagEndpoints('locked', 'lock', ['getAdminLockUser', 'setAdminLockUser']),
  ...flagEndpoints('suspended', 'suspend', ['getAdminSuspendUser', 'setAdminSuspendUser']),
];
