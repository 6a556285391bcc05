// https://spec.matrix.org/v1.19/client-server-api/#account-deactivation
import * as v from 'valibot';
import type { Endpoint } from '../endpoint.ts';
import { auth, optionalText } from '../shapes.ts';
import { withPassword } from '../uia.ts';

/** Without a token there is no flow: nobody here has an address that could stand for a session. */
export const deactivateAccount: Endpoint = {
  operationId: 'deactivateAccount',
  method: 'POST',
  path: '/_matrix/client/v3/account/deactivate',
  auth: 'user',
  rateLimit: 'account',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountdeactivate',
  answer: v.strictObject({ id_server_unbind_result: v.picklist(['success', 'no-support']) }),
  body: v.looseObject({ auth, id_server: optionalText, erase: v.optional(v.boolean()) }),
  emptyBody: true,
  maxBodyBytes: 65_536,
  async handle(call) {
    const { body, proven } = await withPassword(call, ['erase']);
    await call.env.actors.users(call.by.group).accounts.deactivate(call.by, { proven, erase: body['erase'] === true });
    // Nobody here has an identifier that could be bound anywhere.
    return { json: { id_server_unbind_result: 'success' } };
  },
};
