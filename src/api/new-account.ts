// Making an account: the name is claimed, the account made in its group, the name confirmed. A crash in between leaves a claim
// that the next attempt takes over.
import type { FrontEnv } from '../ports/front-env.ts';
import { MatrixError } from '../spec/errors.ts';
import { isOwnLocalpart } from '../spec/identifiers/user-id.ts';
import { SERVER_NOTICES_LOCALPART } from '../spec/server-notices.ts';
import { utf8Length } from '../spec/canonical-json.ts';
import type { JsonObject } from '../spec/json.ts';
import { type DescribedDevice, newDevice, sessionAnswer } from './new-device.ts';

const USER_ID_BYTES = 255;

export interface NewAccount {
  readonly localpart: string;
  readonly passwordHash: string | undefined;
  readonly admin: boolean;
  readonly guest?: boolean;
  /** The authentication session that registers it. */
  readonly session?: string;
  readonly displayName?: string;
  /** The device to sign in on, as a body describes it; undefined: none. */
  readonly device?: DescribedDevice | undefined;
}

export interface MadeAccount {
  readonly userId: string;
  readonly group: number;
  /** What registration answers: with an access token if there is a device to sign in on. */
  readonly answer: JsonObject;
}

export function userIdOf(env: FrontEnv, localpart: string): string {
  return `@${localpart}:${env.settings.serverName}`;
}

/** Throws M_INVALID_USERNAME or M_USER_IN_USE. */
export async function checkLocalpart(env: FrontEnv, localpart: string): Promise<void> {
  if (!isOwnLocalpart(localpart) || utf8Length(userIdOf(env, localpart)) > USER_ID_BYTES) {
    throw new MatrixError(
      400,
      'M_INVALID_USERNAME',
      'A user name has only a-z, 0-9 and . _ = - / +, and is not longer than an id may be.',
    );
  }
  if (localpart === SERVER_NOTICES_LOCALPART)
    throw new MatrixError(400, 'M_USER_IN_USE', 'This is the name of the server itself.');
  await env.actors.home().checkLocalpart(localpart);
}

export async function makeAccount(env: FrontEnv, account: NewAccount): Promise<MadeAccount> {
  await checkLocalpart(env, account.localpart);
  return makeCheckedAccount(env, account);
}

/** For a localpart that is in order. Throws M_USER_IN_USE. */
export async function makeCheckedAccount(env: FrontEnv, account: NewAccount): Promise<MadeAccount> {
  const home = env.actors.home();
  const group = await home.openGroup();
  await home.claimLocalpart(account.localpart, group);
  const userId = userIdOf(env, account.localpart);
  const opened = await env.actors.users(group).accounts.createAccount({
    userId,
    passwordHash: account.passwordHash,
    admin: account.admin,
    guest: account.guest ?? false,
    registeredBy: account.session,
    displayName: account.displayName,
    device: account.device && newDevice(account.device),
  });
  try {
    await home.confirmLocalpart(account.localpart, account.session);
  } catch (error) {
    // The account is there, and whoever asks Home for it next makes Home find it.
    env.log.warn('a new account was not confirmed', { error: String(error) });
  }
  const answer = opened ? sessionAnswer(env, opened) : { user_id: userId, home_server: env.settings.serverName };
  return { userId, group, answer };
}
