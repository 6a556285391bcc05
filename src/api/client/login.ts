// https://spec.matrix.org/v1.19/client-server-api/#login
import { tokenAnswer } from '../answers.ts';
import * as v from 'valibot';
import type { FrontEnv } from '../../ports/front-env.ts';
import { forbidden, MatrixError, missingParam } from '../../spec/errors.ts';
import { localpartOf, serverOf } from '../../spec/identifiers/user-id.ts';
import { isObject, member, type JsonObject } from '../../spec/json.ts';
import type { Call, Endpoint } from '../endpoint.ts';
import { checkDeviceId, isPassword, openDevice } from '../new-device.ts';
import { optionalObject, optionalText, text } from '../shapes.ts';

/** What a stranger sends is kept short. */
const BODY_BYTES = 65_536;

export const getLoginFlows: Endpoint = {
  operationId: 'getLoginFlows',
  method: 'GET',
  path: '/_matrix/client/v3/login',
  auth: 'none',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3login',
  answer: v.strictObject({ flows: v.array(v.looseObject({ type: v.string() })) }),
  async handle() {
    return { json: { flows: [{ type: 'm.login.password' }] } };
  },
};

export const login: Endpoint = {
  operationId: 'login',
  method: 'POST',
  path: '/_matrix/client/v3/login',
  auth: 'none',
  rateLimit: 'login',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3login',
  answer: tokenAnswer,
  body: v.looseObject({
    type: text,
    identifier: optionalObject,
    user: optionalText,
    password: optionalText,
    device_id: optionalText,
    initial_device_display_name: optionalText,
  }),
  maxBodyBytes: BODY_BYTES,
  async handle(call) {
    const { env, body } = call;
    if (body['type'] !== 'm.login.password')
      throw new MatrixError(400, 'M_UNKNOWN', 'Only m.login.password is offered.');
    const { password } = body as { password?: string };
    if (password === undefined) throw missingParam('password is missing.');
    checkDeviceId(body);
    const { userId, group } = await checkedUser(call, password);
    return { json: await openDevice(env, group, userId, body) };
  },
};

/** A missing user and a wrong password take the same time and give the same answer. */
async function checkedUser(
  { env, body, limits, address }: Call,
  password: string,
): Promise<{ readonly userId: string; readonly group: number }> {
  const userId = userIdOf(env, body);
  const attempt = limits.attempt(userId, address);
  const group = await env.actors.home().groupOf(userId);
  const record = group === undefined ? undefined : await env.actors.users(group).accounts.passwordRecord(userId);
  const good = await isPassword(env, password, record?.passwordHash);
  if (!good || group === undefined) throw forbidden('Wrong user name or password.');
  attempt.good();
  if (record?.deactivated) throw new MatrixError(403, 'M_USER_DEACTIVATED', 'This account was deactivated.');
  return { userId, group };
}

/** The user that the identifier names: a full id or a localpart, whose case is not told apart. */
function userIdOf(env: FrontEnv, body: JsonObject): string {
  const identifier = member(body, 'identifier');
  const type = isObject(identifier) ? member(identifier, 'type') : undefined;
  if (type !== undefined && type !== 'm.id.user')
    throw new MatrixError(400, 'M_UNKNOWN', 'Only identifiers of type m.id.user are known.');
  const user = isObject(identifier) ? member(identifier, 'user') : member(body, 'user');
  if (typeof user !== 'string') throw missingParam('identifier.user is missing.');
  if (!user.startsWith('@')) return `@${user.toLowerCase()}:${env.settings.serverName}`;
  return `@${localpartOf(user).toLowerCase()}:${serverOf(user)}`;
}
