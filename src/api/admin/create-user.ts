// An account that an operator makes.
import type { FrontEnv } from '../../ports/front-env.ts';
import { makeAccount } from '../new-account.ts';

export interface CreateUser {
  readonly localpart: string;
  readonly password: string;
  readonly admin: boolean;
}

/** Throws `MatrixError`s M_USER_IN_USE and M_INVALID_USERNAME. */
export async function createUser(
  env: FrontEnv,
  { localpart, password, admin }: CreateUser,
): Promise<{ readonly userId: string }> {
  const { userId } = await makeAccount(env, { localpart, passwordHash: await env.passwords.hash(password), admin });
  return { userId };
}
