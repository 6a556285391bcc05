// https://spec.matrix.org/v1.19/client-server-api/#login
import { tokenAnswer } from '../answers.ts';
import * as v from 'valibot';
import type { FrontEnv } from '../../ports/front-env.ts';
import { forbidden, MatrixError, missingParam } from '../../spec/errors.ts';
import { groupOfOtherToken } from '../../spec/identifiers/access-token.ts';
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
    return { json: { flows: [{ type: 'm.login.password' }, { type: 'm.login.token', get_login_token: true }] } };
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
    token: optionalText,
    refresh_token: v.optional(v.boolean()),
  }),
  maxBodyBytes: BODY_BYTES,
  async handle(call) {
    const { env, body } = call;
    checkDeviceId(body);
    switch (body['type']) {
      case 'm.login.password': {
        const { password } = body as { password?: string };
        if (password === undefined) throw missingParam('password is missing.');
        const { group, userId, passwordHash } = await checkedUser(call, password);
        return { json: await openDevice(env, group, { userId, proof: { kind: 'password', passwordHash } }, body) };
      }
      case 'm.login.token': {
        const { token } = body as { token?: string };
        if (token === undefined) throw missingParam('token is missing.');
        const group = groupOfOtherToken('login', token);
        if (group === undefined || !(await call.groups.has(group))) throw forbidden('This login token is not valid.');
        return { json: await openDevice(env, group, { userId: '', proof: { kind: 'token', token } }, body) };
      }
      default:
        throw new MatrixError(400, 'M_UNKNOWN', 'Only m.login.password is offered, and m.login.token.');
    }
  },
};

/** A missing user and a wrong password take the same time and give the same answer. */
async function checkedUser(
  { env, body, limits, address }: Call,
  password: string,
): Promise<{ readonly userId: string; readonly group: number; readonly passwordHash: string }> {
  const userId = userIdOf(env, body);
  // An address or number that nobody has counts as one name, whatever it is.
  const attempt = limits.attempt(userId ?? '', address);
  const group = userId === undefined ? undefined : await env.actors.home().groupOf(userId);
  const record =
    userId === undefined || group === undefined
      ? undefined
      : await env.actors.users(group).accounts.passwordRecord(userId);
  const good = await isPassword(env, password, record?.passwordHash);
  if (record?.deactivated) throw new MatrixError(403, 'M_USER_DEACTIVATED', 'This account was deactivated.');
  if (!good || userId === undefined || group === undefined || record?.passwordHash === undefined)
    throw forbidden('Wrong user name or password.');
  attempt.good();
  return { userId, group, passwordHash: record.passwordHash };
}

/**
 * The user that the identifier names: a full id or a localpart, whose case is not told apart. Undefined for an e-mail address or
 * a phone number: nobody here has one, which is answered as any wrong name is.
 */
function userIdOf(env: FrontEnv, body: JsonObject): string | undefined {
  const identifier = member(body, 'identifier');
  if (!isObject(identifier)) {
    const medium = member(body, 'medium');
    if (typeof medium === 'string' && typeof member(body, 'address') === 'string') return undefined;
    return named(env, member(body, 'user'), 'identifier');
  }
  const need = (name: string): void => {
    if (typeof member(identifier, name) !== 'string') throw missingParam(`identifier.${name} is missing.`);
  };
  switch (member(identifier, 'type')) {
    case 'm.id.user':
      return named(env, member(identifier, 'user'), 'identifier.user');
    case 'm.id.thirdparty':
      need('medium');
      need('address');
      return undefined;
    case 'm.id.phone':
      need('country');
      need('phone');
      return undefined;
    case undefined:
      throw missingParam('identifier.type is missing.');
    default:
      throw new MatrixError(400, 'M_UNKNOWN', 'Identifiers of this type are not known.');
  }
}

function named(env: FrontEnv, user: unknown, what: string): string {
  if (typeof user !== 'string') throw missingParam(`${what} is missing.`);
  if (!user.startsWith('@')) return `@${user.toLowerCase()}:${env.settings.serverName}`;
  return `@${localpartOf(user).toLowerCase()}:${serverOf(user)}`;
}
