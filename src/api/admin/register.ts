// Registration by whoever knows the server's shared secret, as Synapse has it; tools and test suites use it. It is not in the
// specification, and is there only when a secret is configured.
import { tokenAnswer } from '../answers.ts';
import { createHmac, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';
import { forbidden, invalidParam, MatrixError, unrecognized } from '../../spec/errors.ts';
import type { Call, Endpoint } from '../endpoint.ts';
import { makeAccount } from '../new-account.ts';
import { checkDeviceId, checkNewPassword } from '../new-device.ts';
import { optionalText, text } from '../shapes.ts';

type Wanted = {
  readonly nonce: string;
  readonly username: string;
  readonly password: string;
  readonly mac: string;
  readonly admin?: boolean;
  readonly user_type?: string | null;
  readonly displayname?: string | null;
  readonly inhibit_login?: boolean;
};

const DISPLAY_NAME_LENGTH = 256;
const PATH = '/_synapse/admin/v1/register';
const ABOUT = 'https://spec.matrix.org/v1.19/client-server-api/#account-registration';

export const sharedSecretRegistration: readonly Endpoint[] = [
  {
    operationId: 'sharedSecretNonce',
    method: 'GET',
    path: PATH,
    auth: 'none',
    rateLimit: 'admin',
    spec: ABOUT,
    answer: v.strictObject({ nonce: v.string() }),
    async handle(call) {
      demandSecret(call);
      return { json: { nonce: await call.env.actors.home().createNonce() } };
    },
  },
  {
    operationId: 'sharedSecretRegister',
    method: 'POST',
    path: PATH,
    auth: 'none',
    rateLimit: 'admin',
    spec: ABOUT,
    answer: tokenAnswer,
    body: v.looseObject({
      nonce: text,
      username: text,
      password: text,
      mac: text,
      admin: v.optional(v.boolean()),
      user_type: v.nullish(v.string()),
      displayname: v.nullish(v.string()),
      inhibit_login: v.optional(v.boolean()),
      device_id: optionalText,
      initial_device_display_name: optionalText,
    }),
    async handle(call) {
      const secret = demandSecret(call);
      const {
        nonce,
        username,
        password,
        mac,
        admin,
        user_type: userType,
        displayname,
        inhibit_login: inhibited,
      } = call.body as Wanted;
      // What is joined by NUL could be taken apart in another way, and say that somebody is to be an administrator.
      if ([username, password, userType ?? ''].some((part) => part.includes('\0')))
        throw invalidParam('A user name, password or type has no NUL.');
      if (!(await call.env.actors.home().useNonce(nonce)))
        throw new MatrixError(400, 'M_UNKNOWN', 'Unrecognised nonce.');
      const parts = [nonce, username, password, admin ? 'admin' : 'notadmin', ...(userType ? [userType] : [])];
      if (!isMac(secret, parts.join('\0'), mac)) throw forbidden('HMAC incorrect');
      checkNewPassword(password);
      checkDeviceId(call.body);
      const { group, answer } = await makeAccount(call.env, {
        localpart: username.toLowerCase(),
        passwordHash: await call.env.passwords.hash(password),
        admin: admin ?? false,
        ...(displayname ? { displayName: displayname.slice(0, DISPLAY_NAME_LENGTH) } : {}),
        device: inhibited ? undefined : call.body,
      });
      call.groups.add(group);
      return { json: answer };
    },
  },
];

function demandSecret(call: Call): string {
  const secret = call.env.settings.registrationSharedSecret;
  if (secret === undefined || secret === '') throw unrecognized(404);
  return secret;
}

function isMac(secret: string, text: string, given: string): boolean {
  const right = createHmac('sha1', secret).update(text).digest();
  const hex = Buffer.from(given.toLowerCase(), 'hex');
  return hex.length === right.length && timingSafeEqual(hex, right);
}
