// Locking and suspending accounts, for administrators. https://spec.matrix.org/v1.19/client-server-api/#server-administration
import * as v from 'valibot';
import type { Standing } from '../../ports/contracts/users-accounts.ts';
import { forbidden, invalidParam, notFound } from '../../spec/errors.ts';
import { isUserId, serverOf } from '../../spec/identifiers/user-id.ts';
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

/** Whether the caller may is settled before anything is looked up: others learn nothing of who has an account. */
async function target(
  call: UserCall,
): Promise<{ readonly userId: string; readonly group: number; readonly standing: Standing }> {
  const { env, by } = call;
  if (!by.admin) throw forbidden('Only administrators of this server may do that.');
  const userId = call.param('userId');
  if (!isUserId(userId) || serverOf(userId) !== env.settings.serverName)
    throw invalidParam('The user does not belong to this server.');
  const group = await env.actors.home().groupOf(userId);
  const standing = group === undefined ? undefined : await env.actors.users(group).accounts.standing(userId);
  if (group === undefined || !standing || standing.deactivated) throw notFound('There is no such account.');
  if (standing.admin) throw forbidden('This is an administrator.');
  return { userId, group, standing };
}

export const accountModeration: readonly Endpoint[] = [
  ...flagEndpoints('locked', 'lock', ['getAdminLockUser', 'setAdminLockUser']),
  ...flagEndpoints('suspended', 'suspend', ['getAdminSuspendUser', 'setAdminSuspendUser']),
];
