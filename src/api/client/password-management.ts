// https://spec.matrix.org/v1.19/client-server-api/#password-management
import * as v from 'valibot';
import { emptyAnswer } from '../answers.ts';
import { EMPTY_REPLY, type Endpoint } from '../endpoint.ts';
import { checkNewPassword } from '../new-device.ts';
import { auth, optionalText } from '../shapes.ts';
import { withPassword } from '../uia.ts';

/** Without a token there is no flow: that is for e-mail addresses, which this server does not know. */
export const changePassword: Endpoint = {
  operationId: 'changePassword',
  method: 'POST',
  path: '/_matrix/client/v3/account/password',
  auth: 'user',
  rateLimit: 'account',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountpassword',
  answer: emptyAnswer,
  body: v.looseObject({ auth, new_password: optionalText, logout_devices: v.optional(v.boolean()) }),
  maxBodyBytes: 65_536,
  async handle(call) {
    const { env, by } = call;
    const given = call.body as { new_password?: string };
    if (given.new_password !== undefined) checkNewPassword(given.new_password);
    // The session keeps what the first request said of devices, but never a password.
    const { body, proven } = await withPassword(call, ['logout_devices'], ['new_password']);
    await env.actors.users(by.group).accounts.changePassword(by, {
      proven,
      passwordHash: await env.passwords.hash(String(body['new_password'])),
      logoutDevices: body['logout_devices'] !== false,
    });
    return EMPTY_REPLY;
  },
};
