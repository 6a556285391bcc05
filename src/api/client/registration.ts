// https://spec.matrix.org/v1.19/client-server-api/#account-registration
import { tokenAnswer } from '../answers.ts';
import * as v from 'valibot';
import { encodeBase64Url } from '../../spec/base64.ts';
import { forbidden, invalidParam, missingParam } from '../../spec/errors.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import { checkShape } from '../body.ts';
import type { Call, Endpoint } from '../endpoint.ts';
import { askingGuest, registerGuest } from '../guest-account.ts';
import { checkLocalpart, makeAccount } from '../new-account.ts';
import { checkDeviceId, checkNewPassword, openDevice } from '../new-device.ts';
import { auth, optionalText } from '../shapes.ts';
import { registrationTokenStage } from '../registration-token-stage.ts';
import { dummyStage, interactive } from '../uia.ts';

interface Wanted {
  readonly username?: string;
  readonly password?: string;
  readonly device_id?: string;
  readonly initial_device_display_name?: string;
  readonly inhibit_login?: boolean;
  readonly refresh_token?: boolean;
  readonly guest_access_token?: string;
}

/** What a stranger sends is kept short, and of it only this until the stages are completed. */
const BODY_BYTES = 65_536;
const REMEMBERED = ['username', 'device_id', 'initial_device_display_name', 'inhibit_login', 'refresh_token'];

const userBody = v.looseObject({
  auth,
  username: optionalText,
  password: optionalText,
  device_id: optionalText,
  inhibit_login: v.optional(v.boolean()),
  refresh_token: v.optional(v.boolean()),
  guest_access_token: optionalText,
});

export const register: Endpoint = {
  operationId: 'register',
  method: 'POST',
  path: '/_matrix/client/v3/register',
  auth: 'none',
  rateLimit: 'registration',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3register',
  answer: tokenAnswer,
  // What else there may be depends on who registers.
  body: v.looseObject({ initial_device_display_name: optionalText }),
  emptyBody: true,
  maxBodyBytes: BODY_BYTES,
  async handle(call) {
    const { env } = call;
    const kind = call.query.get('kind') ?? 'user';
    if (kind === 'guest') return { json: await registerGuest(call) };
    if (kind !== 'user') throw invalidParam('kind is user or guest.');
    checkShape(userBody, call.body);
    if (env.settings.registration === 'closed') throw forbidden('Registration is closed.');
    const asked = call.body as Wanted;
    const guest = await askingGuest(call, asked);
    if (guest === undefined && asked.username !== undefined) await checkLocalpart(env, asked.username.toLowerCase());
    // What can be said of the rest is said before the stages, not after them.
    if (asked.password !== undefined) checkNewPassword(asked.password);
    checkDeviceId(asked);
    const group = await env.actors.home().openGroup();
    call.groups.add(group);
    const stage = env.settings.registration === 'token' ? registrationTokenStage(call) : dummyStage;
    const { body, session } = await interactive(call, {
      group,
      userId: undefined,
      stages: [stage],
      remembers: REMEMBERED,
    });
    const made = await finish(call, body as Wanted, session, guest).catch(async (error: unknown) => {
      await env.actors.home().releaseRegistrationToken(session);
      throw error;
    });
    return { json: made };
  },
};

export const checkUsernameAvailability: Endpoint = {
  operationId: 'checkUsernameAvailability',
  method: 'GET',
  path: '/_matrix/client/v3/register/available',
  auth: 'none',
  rateLimit: 'registration',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3registeravailable',
  answer: v.strictObject({ available: v.literal(true) }),
  async handle({ env, query }) {
    const username = query.get('username');
    if (username === null) throw missingParam('username is missing.');
    await checkLocalpart(env, username);
    return { json: { available: true } };
  },
};

export const registrationTokenValidity: Endpoint = {
  operationId: 'registrationTokenValidity',
  method: 'GET',
  path: '/_matrix/client/v1/register/m.login.registration_token/validity',
  auth: 'none',
  rateLimit: 'registration',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1registermloginregistration_tokenvalidity',
  answer: v.strictObject({ valid: v.boolean() }),
  async handle({ env, query }) {
    if (env.settings.registration !== 'token') throw forbidden('Registration does not take tokens.');
    const token = query.get('token');
    if (token === null) throw missingParam('token is missing.');
    return { json: { valid: await env.actors.home().registrationTokenValid(token) } };
  },
};

async function finish({ env, groups }: Call, wanted: Wanted, session: string, guest: Requester | undefined) {
  if (wanted.password === undefined) throw missingParam('password is missing.');
  if (guest !== undefined) {
    // A use that is counted for nothing harms less than one that is not counted.
    await env.actors.home().spendRegistrationToken(session);
    const { userId, group } = guest;
    await env.actors.users(group).accounts.upgradeGuest(guest, await env.passwords.hash(wanted.password));
    if (wanted.inhibit_login) return { user_id: userId, home_server: env.settings.serverName };
    return openDevice(env, group, { userId, proof: { kind: 'new-account' } }, wanted);
  }
  const localpart = wanted.username?.toLowerCase() ?? encodeBase64Url(env.random.bytes(9)).toLowerCase();
  const { group, answer } = await makeAccount(env, {
    localpart,
    passwordHash: await env.passwords.hash(wanted.password),
    admin: false,
    session,
    device: wanted.inhibit_login ? undefined : wanted,
  });
  groups.add(group);
  return answer;
}
