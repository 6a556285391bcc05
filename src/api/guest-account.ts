// Guests: accounts that anybody gets who asks, and that may become users'.
// https://spec.matrix.org/v1.19/client-server-api/#guest-access
import { encodeBase64Url } from '../spec/base64.ts';
import type { Requester } from '../ports/contracts/requester.ts';
import { forbidden, guestForbidden, MatrixError, missingParam } from '../spec/errors.ts';
import { groupOfToken } from '../spec/identifiers/access-token.ts';
import { localpartOf } from '../spec/identifiers/user-id.ts';
import type { JsonObject } from '../spec/json.ts';
import type { Call } from './endpoint.ts';
import { makeAccount } from './new-account.ts';

/** Everything of the body but the device's display name is ignored. Throws 403 M_GUEST_ACCESS_FORBIDDEN where guests are not let in. */
export async function registerGuest({ env, body, groups }: Call): Promise<JsonObject> {
  if (!env.settings.guests) throw guestForbidden('This server has no guests.');
  const { initial_device_display_name: displayName } = body as { initial_device_display_name?: string };
  const { group, answer } = await makeAccount(env, {
    localpart: `guest-${encodeBase64Url(env.random.bytes(9)).toLowerCase()}`,
    passwordHash: undefined,
    admin: false,
    guest: true,
    device: displayName === undefined ? {} : { initial_device_display_name: displayName },
  });
  groups.add(group);
  return answer;
}

interface Asked {
  readonly username?: string;
  readonly guest_access_token?: string;
}

/**
 * The guest who asks for an account of a user's, named as the guest is. Undefined if nobody asks so. Throws 403 M_FORBIDDEN
 * for a token that is no guest's, 400 M_MISSING_PARAM or M_INVALID_USERNAME for another name.
 */
export async function askingGuest(
  { env, groups, address, userAgent }: Call,
  { username, guest_access_token: token }: Asked,
): Promise<Requester | undefined> {
  if (token === undefined) return undefined;
  if (username === undefined) throw missingParam('username is missing: it is the local part of the guest’s user id.');
  const group = groupOfToken(token);
  const by =
    group === undefined || !(await groups.has(group))
      ? undefined
      : await env.actors
          .users(group)
          .accounts.authenticate(token, { address, userAgent, countsAs: undefined })
          .catch((error: unknown) => {
            if (error instanceof MatrixError) return undefined;
            throw error;
          });
  if (!by?.guest || by.locked) throw forbidden('This is no guest’s access token.');
  if (username.toLowerCase() !== localpartOf(by.userId))
    throw new MatrixError(400, 'M_INVALID_USERNAME', 'A guest keeps the local part of the user id.');
  return by;
}
